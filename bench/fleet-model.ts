/**
 * @file What a run on many machines takes, by simulation: tasks of some pictures each wait for slots, load the model over a disk that all share, meet slow machines,
 * and are killed now and then. Everything random is seeded.
 */
import { uniform } from '../src/random.ts'

export interface Fleet {
  pictures: number
  /** Tasks that run at the same time. */
  slots: number
  /** Pictures of a task. */
  chunk: number
  /** Seconds from the start of a task to its first picture, without reading the weights. */
  start: number
  /** Seconds of a picture, and its spread (the standard deviation of its logarithm). */
  picture: number
  spread: number
  /** Bytes of the weights, and bytes a second that the shared disk gives all tasks together. */
  weights: number
  disk: number
  /** Seconds that the scheduler takes to start a task. */
  latency: number
  /** The share of slow machines, and how many times slower they are. */
  stragglers: number
  slowness: number
  /** Times that a task is killed in an hour, and seconds until it is started again. */
  kills: number
  requeue: number
  seed: number
}

export interface Outcome {
  /** Seconds until the last picture is done. */
  duration: number
  picturesAnHour: number
  /** Seconds of all slots together, in which they were held. */
  held: number
  /** The share of these in which pictures were computed that counted. */
  useful: number
  /** How often tasks were killed. */
  killed: number
}

/** Simulates a run. A killed task keeps the pictures that it has done (`--resume`), and loses the one in hand. */
export function simulate(fleet: Fleet): Outcome {
  const { pictures, slots, chunk, picture, spread, kills, requeue, latency, stragglers, slowness } = fleet
  const next = uniform(fleet.seed)
  const speeds = Float64Array.from({ length: slots }, () => (next() < stragglers ? slowness : 1))
  const free = new Float64Array(slots)
  const loading: number[] = []
  let [left, useful, held, killed, duration] = [pictures, 0, 0, 0, 0]
  while (left > 0) {
    const slot = earliest(free)
    const begin = free[slot]
    let time = begin + latency
    time += fleet.start * speeds[slot] + reading(fleet, loading, time)
    for (let n = Math.min(chunk, left); n > 0; ) {
      const seconds = picture * speeds[slot] * Math.exp(spread * normal(next) - spread ** 2 / 2)
      if (kills > 0 && next() < 1 - Math.exp((-kills * seconds) / 3600)) {
        killed++
        time += seconds / 2 + requeue
        // Others have the slot meanwhile.
        held -= requeue
        time += fleet.start * speeds[slot] + reading(fleet, loading, time)
        continue
      }
      time += seconds
      useful += seconds
      left--
      n--
    }
    held += time - begin
    free[slot] = time
    duration = Math.max(duration, time)
  }
  return { duration, picturesAnHour: (pictures * 3600) / duration, held, useful: useful / held, killed }
}

/** Seconds of reading the weights, among those that read at the same time. */
function reading({ weights, disk }: Fleet, others: number[], now: number): number {
  const alone = weights / disk
  const among = others.filter((end) => end > now)
  others.splice(0, others.length, ...among)
  const seconds = alone * (among.length + 1)
  others.push(now + seconds)
  return seconds
}

function earliest(times: Float64Array): number {
  let least = 0
  for (let i = 1; i < times.length; i++) if (times[i] < times[least]) least = i
  return least
}

/** Box and Muller. */
function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}

/**
 * The chunk at which a run is shortest on paper. Each slot computes P / n pictures of t seconds and starts a task every c of them, which costs s seconds; in the end it waits
 * half a chunk for the last ones: P / n · (t + s / c) + c · t / 2 is least at c = √(2 · P · s / (n · t)).
 */
export function bestChunk({
  pictures,
  slots,
  picture,
  start,
  latency,
}: Pick<Fleet, 'pictures' | 'slots' | 'picture' | 'start' | 'latency'>): number {
  const best = Math.sqrt((2 * pictures * (start + latency)) / (slots * picture))
  return Math.max(1, Math.min(Math.ceil(pictures / slots), Math.round(best)))
}
