/**
 * @file What Linux tells of graphics without asking a driver. Dawn writes its warnings to standard
 * error by itself, so where no driver or no graphics card can be found it is not asked at all.
 */
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

/** Folders below which a Vulkan loader looks for drivers besides those that variables name. */
const ROOTS = ['/etc', '/etc/xdg', '/usr/local/etc', '/usr/local/share', '/usr/share', '/run/opengl-driver/share']
/** What a driver's kernel part makes in `/dev`, besides `/dev/dri/renderD*`. */
const NODES = /^(dxg|kfd|kgsl|mali|nvidia|nvgpu|nvhost|nvmap|pvr)/

/** Whether a Vulkan loader would find any driver; true on systems that do without Vulkan. */
export function hasVulkanDriver(): boolean {
  if (process.platform !== 'linux') return true
  const { VK_DRIVER_FILES, VK_ICD_FILENAMES, VK_ADD_DRIVER_FILES } = process.env
  const only = VK_DRIVER_FILES ?? VK_ICD_FILENAMES
  if (only) return paths(only).some(existsSync)
  const { XDG_CONFIG_HOME, XDG_CONFIG_DIRS, XDG_DATA_HOME, XDG_DATA_DIRS } = process.env
  const own = [XDG_CONFIG_HOME ?? join(homedir(), '.config'), XDG_DATA_HOME ?? join(homedir(), '.local/share')]
  const roots = [...ROOTS, ...own, ...paths(XDG_CONFIG_DIRS), ...paths(XDG_DATA_DIRS)]
  return paths(VK_ADD_DRIVER_FILES).some(existsSync) || roots.some((root) => entries(join(root, 'vulkan/icd.d')).length > 0)
}

/** Whether there may be a graphics card, which Linux shows as a device that computes. */
export function mayHaveGraphicsCard(): boolean {
  if (process.platform !== 'linux') return true
  return entries('/dev').some((name) => NODES.test(name)) || entries('/dev/dri').some((name) => name.startsWith('renderD'))
}

function paths(list = ''): string[] {
  return list.split(':').filter(Boolean)
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
