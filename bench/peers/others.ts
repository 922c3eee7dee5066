/**
 * @file How busy the machine was with something else while a match was played. Threads that wait for one another lose far more time to a stranger than its share (a
 * parallel loop is as slow as its slowest thread), and not every contender loses alike.
 */
import { cpus } from 'node:os'
import process from 'node:process'
import type { Opponent } from './protocol.ts'

/** Share of the processors above which ratios mean little. */
const NOTICEABLE = 0.05

/** Starts watching; the result says what others used, in words. The contenders must still be there then. */
export async function watchOthers(opponents: readonly Opponent[]): Promise<() => Promise<string>> {
  const look = async () => {
    const own = process.cpuUsage()
    const contenders = await Promise.all(opponents.map((opponent) => opponent.processorTime()))
    const all = cpus().map(({ times }) => times)
    const busy = all.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0)
    return {
      total: all.reduce((sum, { idle }) => sum + idle, busy),
      others: busy - (own.user + own.system) / 1000 - contenders.reduce((sum, ms) => sum + ms, 0),
    }
  }
  const before = await look()
  return async () => {
    const after = await look()
    const share = Math.max(0, (after.others - before.others) / (after.total - before.total))
    const said = `other processes used ${(100 * share).toFixed(0)} % of the processors meanwhile`
    return share > NOTICEABLE ? `**${said}: measure again on a quiet machine**` : said
  }
}
