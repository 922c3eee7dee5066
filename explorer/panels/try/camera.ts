/** @file A photo by the camera of the machine. */
import { h } from '../../dom.ts'
import { text } from '../../text/index.ts'

/** A photo as PNG; a sentence where there is none; nothing where the person has changed their mind. */
export async function takePhoto(): Promise<Blob | string | undefined> {
  if (!navigator.mediaDevices?.getUserMedia) return text.try.camera.none
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false })
    try {
      return await shotOf(stream)
    } finally {
      for (const track of stream.getTracks()) track.stop()
    }
  } catch (error) {
    return sentenceOf(error as DOMException)
  }
}

function sentenceOf({ name, message }: DOMException): string {
  const { denied, missing, failed } = text.try.camera
  if (name === 'NotAllowedError') return denied
  return name === 'NotFoundError' ? missing : failed(message || name)
}

/** Shows what the camera sees until the photo is taken. */
async function shotOf(stream: MediaStream): Promise<Blob | undefined> {
  const { title, shoot, cancel } = text.try.camera
  const video = h('video', { muted: true, playsInline: true, srcObject: stream })
  const dialog = h(
    'dialog',
    { className: 'camera', 'aria-label': title },
    h('h2', {}, title),
    video,
    h(
      'form',
      { method: 'dialog', className: 'row' },
      h('button', { value: 'shoot', className: 'main' }, shoot),
      h('button', { value: 'cancel' }, cancel),
    ),
  )
  document.body.append(dialog)
  dialog.showModal()
  await video.play()
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }))
  const taken = dialog.returnValue === 'shoot' ? await frameOf(video) : undefined
  dialog.remove()
  return taken
}

function frameOf(video: HTMLVideoElement): Promise<Blob | undefined> {
  const canvas = h('canvas', { width: video.videoWidth, height: video.videoHeight })
  canvas.getContext('2d')!.drawImage(video, 0, 0)
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), 'image/png'))
}
