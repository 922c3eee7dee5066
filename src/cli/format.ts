/** @file Numbers and tables for people. */
import type { DownloadProgress } from '../checkpoint/hub/meter.ts'
import { fileSize } from '../messages.ts'

/** `1:05` or `2:00:10`. */
function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (n: number) => `${n}`.padStart(2, '0')
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** Columns side by side, as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** One line on a download. */
export function downloading({ state, file, done, total, rate, remaining, reason }: DownloadProgress): string {
  const share = total === 0 ? 100 : Math.floor((100 * done) / total)
  const counts = `${share} % of ${fileSize(total)}`
  if (state === 'waiting') return `${counts} · ${file}: another process is fetching it`
  if (state === 'retrying') return `${counts} · ${file}: ${reason}, trying again`
  return `${counts} · ${fileSize(rate)}/s${remaining === undefined ? '' : ` · ${duration(remaining)} left`} · ${file}`
}

/** A number of things: `1 image`, `2 images`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
