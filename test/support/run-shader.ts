/** @file Runs one instance of a kernel by itself on a device: what changed texts are tried with. */
import type { Shader } from '../../src/shaders/kernel.ts'

const BYTES = 4

/**
 * Dispatches an instance over buffers of f32, in the order of its bindings, and reads them all.
 * `params` are the uniforms by name; all must be there.
 */
export async function runShader(
  device: GPUDevice,
  shader: Shader,
  {
    params,
    buffers,
    groups,
  }: { params: Record<string, number>; buffers: readonly Float32Array[]; groups: readonly [number, number, number] },
): Promise<Float32Array[]> {
  const uniforms = new DataView(new ArrayBuffer(Math.ceil(shader.params.length / 4) * 16))
  for (const [i, [name, type]] of shader.params.entries()) {
    const value = params[name]
    if (value === undefined) throw new Error(`uniform ${name} is not set`)
    if (type === 'f32') uniforms.setFloat32(i * BYTES, value, true)
    else uniforms.setInt32(i * BYTES, value, true)
  }
  const { STORAGE, UNIFORM, COPY_SRC, COPY_DST, MAP_READ } = { STORAGE: 0x80, UNIFORM: 0x40, COPY_SRC: 0x4, COPY_DST: 0x8, MAP_READ: 0x1 }
  const made = (size: number, usage: number) => device.createBuffer({ size, usage })
  const uniform = made(uniforms.byteLength, UNIFORM | COPY_DST)
  device.queue.writeBuffer(uniform, 0, uniforms.buffer)
  const storages = buffers.map((data) => {
    const buffer = made(data.byteLength, STORAGE | COPY_SRC | COPY_DST)
    device.queue.writeBuffer(buffer, 0, new Float32Array(data))
    return buffer
  })
  const module = device.createShaderModule({ code: shader.code })
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } })
  const entries = [uniform, ...storages].map((buffer, binding) => ({ binding, resource: { buffer } }))
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
  pass.dispatchWorkgroups(...groups)
  pass.end()
  const copies = storages.map((buffer) => {
    const copy = made(buffer.size, MAP_READ | COPY_DST)
    encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size)
    return copy
  })
  device.queue.submit([encoder.finish()])
  const results: Float32Array[] = []
  for (const copy of copies) {
    await copy.mapAsync(MAP_READ)
    results.push(new Float32Array(copy.getMappedRange().slice(0)))
    copy.destroy()
  }
  for (const buffer of [uniform, ...storages]) buffer.destroy()
  return results
}
