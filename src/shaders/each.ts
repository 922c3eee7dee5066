/** @file The entry of kernels with one thread a number, or four, as a text that they import. */

/** Calls `each(i)` for i < p.size. The grid is that of `dispatchEach`. */
export const each = /* wgsl */ `
// A thread a number of the result (or four): p.size threads in all.
@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let i = (wid.x + wid.y * groups.x) * 64u + local;
  if (i < p.size) { each(i); }
}
`

/** Threads in a group of such a kernel. */
export const ELEMENT_GROUP = 64
