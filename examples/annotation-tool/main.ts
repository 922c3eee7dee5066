/** @file A page to click in: the picture on a canvas, and over it the segment that was clicked. */
import { Segmenter } from './client.ts'
import { isolate } from './isolate.ts'

await isolate().catch((error) => console.warn(error))
const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
const segmenter = new Segmenter(worker)
const [picture, marks] = ['picture', 'marks'].map((id) => document.getElementById(id) as HTMLCanvasElement)
const status = document.getElementById('status')!
const chooser = document.getElementById('file') as HTMLInputElement

chooser.addEventListener('change', () => tell(() => open(chooser.files![0])))
marks.addEventListener('click', ({ offsetX, offsetY }) =>
  tell(() => click((offsetX * marks.width) / marks.clientWidth, (offsetY * marks.height) / marks.clientHeight)),
)

async function open(file: Blob): Promise<string> {
  status.textContent = 'looking …'
  const { width, height, backend } = await segmenter.open(file)
  for (const canvas of [picture, marks]) Object.assign(canvas, { width, height })
  // Pixels as they are stored, which is what masks belong to.
  picture.getContext('2d')!.drawImage(await createImageBitmap(file, { imageOrientation: 'none' }), 0, 0)
  return `${width} × ${height} pixels, ${backend}: click on something`
}

async function click(x: number, y: number): Promise<string> {
  const begin = performance.now()
  const mask = await segmenter.click(x, y)
  const { width, height } = marks
  const pixels = new ImageData(width, height)
  let area = 0
  for (let i = 0; i < mask.length; i++)
    if (mask[i] > 0) {
      area++
      pixels.data.set([255, 220, 0, 110], 4 * i)
    }
  marks.getContext('2d')!.putImageData(pixels, 0, 0)
  return `${area} pixels in ${Math.round(performance.now() - begin)} ms`
}

/** Shows what came of something. */
async function tell(work: () => Promise<string>): Promise<void> {
  status.textContent = await work().catch((error: Error) => error.message)
}
