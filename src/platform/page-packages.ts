/**
 * @file Codecs of npm packages in a page. Each address is written out, since bundlers emit the
 * files of those that they can read; without a bundler, an import map says where the packages are.
 */

/** A file of a package: its address as bundlers put it, and what a script calls what it makes. */
interface PageFile {
  bundled: () => URL
  global?: string
}

const FILES: Readonly<Record<string, PageFile>> = {
  '@cornerstonejs/codec-openjpeg/decodewasm': {
    bundled: () => new URL('@cornerstonejs/codec-openjpeg/decodewasm', import.meta.url),
  },
  '@cornerstonejs/codec-openjpeg/decodewasmjs': {
    bundled: () => new URL('@cornerstonejs/codec-openjpeg/decodewasmjs', import.meta.url),
    global: 'OpenJPEGWASM',
  },
  '@cornerstonejs/codec-openjph/wasm': {
    bundled: () => new URL('@cornerstonejs/codec-openjph/wasm', import.meta.url),
  },
  '@cornerstonejs/codec-openjph/wasmjs': {
    bundled: () => new URL('@cornerstonejs/codec-openjph/wasmjs', import.meta.url),
    global: 'Module',
  },
}

/** Compiled WebAssembly; nothing where the package's own script fetches it (`@jsquash`). */
export async function packageWasm(name: string, file: string): Promise<WebAssembly.Module | undefined> {
  if (!Object.hasOwn(FILES, `${name}/${file}`)) return undefined
  return WebAssembly.compile(await (await fetched(`${name}/${file}`)).arrayBuffer())
}

/**
 * What a script that is no ES module makes: a copy of it hands that over, and leaves no other
 * global.
 */
export async function packageScript(name: string, file: string): Promise<unknown> {
  const text = await (await fetched(`${name}/${file}`)).text()
  const { global } = FILES[`${name}/${file}`]
  const received: { [key: symbol]: unknown } = globalThis
  const key = Symbol.for(`adzus ${name}/${file}`)
  const wrapped = `(() => {\n${text}\nglobalThis[Symbol.for(${JSON.stringify(key.description)})] = ${global}\n})()`
  const address = URL.createObjectURL(new Blob([wrapped], { type: 'text/javascript' }))
  try {
    // A worker has no document.
    await (globalThis.document ? runScript(address) : import(/* @vite-ignore */ /* webpackIgnore: true */ address))
    return received[key]
  } finally {
    URL.revokeObjectURL(address)
    delete received[key]
  }
}

function runScript(address: string): Promise<void> {
  const script = document.createElement('script')
  script.src = address
  return new Promise<void>((resolve, reject) => {
    script.onload = () => resolve()
    script.onerror = () => reject(new Error('a script that the page does not run (its policy has to allow blob:)'))
    document.head.append(script)
  }).finally(() => script.remove())
}

async function fetched(path: string): Promise<Response> {
  const response = await fetch(addressOf(path))
  if (!response.ok) throw new Error(`${response.status} for ${path}`)
  return response
}

/** Where an import map tells it, there; else where a bundler has put it. */
function addressOf(path: string): string | URL {
  try {
    return import.meta.resolve(path)
  } catch {
    return FILES[path].bundled()
  }
}
