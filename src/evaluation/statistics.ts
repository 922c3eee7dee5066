/**
 * @file Percentile intervals by the bootstrap (Efron 1979): images are drawn with replacement, or
 * groups of them (patients), since images of one patient are no independent observations.
 */
import { isString, isWhole, must, mustBeNamed, mustBeOptions } from '../arguments.ts'
import { quantile } from '../pixels/quantile.ts'
import { uniform } from '../random.ts'

export interface BootstrapOptions {
  /** One name a value: values of one name (a patient) are drawn together. */
  groups?: readonly string[]
  /** 10,000 by default. */
  resamples?: number
  /** 0 by default. Calls with one seed, one number of values and the same groups draw the same. */
  seed?: number
  /** Of the interval; 0.95 by default. */
  level?: number
}

export interface Interval {
  /** Values. */
  n: number
  mean: number
  median: number
  /** Ends of the mean's interval. All four numbers are NaN where there are no values. */
  low: number
  high: number
}

export interface PairedInterval {
  n: number
  /** Mean of a − b. */
  difference: number
  low: number
  high: number
  /** Of the resamples, those in which a's mean is larger; ties count half. */
  share: number
}

/**
 * A mean with its interval. Of a single value or group the interval has no width: it says nothing.
 * @param values finite ones: what is not defined is left out before
 * @throws AdzusError for values that are not finite, and options out of range
 * @example
 * const { mean, low, high } = bootstrap(dices, { groups: patients })
 */
export function bootstrap(values: readonly number[], options: BootstrapOptions = {}): Interval {
  mustBeValues('values', values)
  const { means, low, high } = resampled(values, options)
  const median = quantile(Float64Array.from(values).sort(), 0.5)
  return { n: values.length, mean: means === undefined ? NaN : meanOf(values), median, low, high }
}

/**
 * The difference between two methods on the same images, with its interval.
 * @param a a method's value on each image
 * @param b the other's, in the same order
 * @throws AdzusError unless both are as many finite numbers, and for options out of range
 * @example
 * const { n, difference, share } = pairedBootstrap(ours, discs)
 */
export function pairedBootstrap(a: readonly number[], b: readonly number[], options: BootstrapOptions = {}): PairedInterval {
  mustBeValues('a', a)
  mustBeValues('b', b)
  must('b', a.length === b.length, `${a.length} values`, b.length)
  const differences = a.map((value, i) => value - b[i])
  const { means, low, high } = resampled(differences, options)
  if (means === undefined) return { n: 0, difference: NaN, low, high, share: NaN }
  const score = means.reduce((sum, mean) => sum + (mean > 0 ? 1 : mean === 0 ? 0.5 : 0), 0)
  return { n: a.length, difference: meanOf(differences), low, high, share: score / means.length }
}

/** Values of one set, and perhaps a name each (`BootstrapOptions.groups`). */
export interface Stratum {
  values: readonly number[]
  groups?: readonly string[]
}

/**
 * The mean of several sets' means, each set counting the same, with its interval: every resample
 * draws within each set.
 * @returns `n` sets; sets without values are left out
 * @throws AdzusError for values that are not finite, and options out of range
 * @example
 * const { mean, low, high } = bootstrapOfSets([{ values: lesions }, { values: cells }])
 */
export function bootstrapOfSets(sets: readonly Stratum[], options: Omit<BootstrapOptions, 'groups'> = {}): Interval {
  for (const { values } of sets) mustBeValues('values', values)
  const full = sets.filter(({ values }) => values.length > 0)
  const { resamples, next, level } = chosen(options)
  if (full.length === 0) return { n: 0, mean: NaN, median: NaN, low: NaN, high: NaN }
  const sums = new Float64Array(resamples)
  for (const { values, groups } of full) {
    const drawn = resample(values, groups, resamples, next)
    for (let i = 0; i < resamples; i++) sums[i] += drawn[i]
  }
  const means = sums.map((sum) => sum / full.length).sort()
  const each = full.map(({ values }) => meanOf(values))
  return { n: full.length, mean: meanOf(each), median: quantile(Float64Array.from(each).sort(), 0.5), ...ends(means, level) }
}

function mustBeValues(where: string, values: readonly number[]): void {
  must(where, Array.isArray(values) && values.every(Number.isFinite), 'a list of finite numbers', values)
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** The means of all resamples, ascending, and the ends of their interval. */
function resampled(values: readonly number[], options: BootstrapOptions): { means?: Float64Array; low: number; high: number } {
  mustBeOptions('options', options)
  const { groups, ...rest } = options
  const named = groups === undefined || (Array.isArray(groups) && groups.length === values.length && groups.every(isString))
  must('groups', named, `${values.length} names, one a value`, groups)
  const { resamples, next, level } = chosen(rest)
  if (values.length === 0) return { low: NaN, high: NaN }
  const means = resample(values, groups, resamples, next).sort()
  return { means, ...ends(means, level) }
}

function chosen(options: BootstrapOptions): { resamples: number; next: () => number; level: number } {
  mustBeOptions('options', options)
  mustBeNamed('options', options, ['resamples', 'seed', 'level'])
  const { resamples = 10_000, seed = 0, level = 0.95 } = options
  must('resamples', isWhole(resamples, 1, 1e7), 'a whole number, 1 … 10,000,000', resamples)
  must('seed', isWhole(seed, 0, 2 ** 32 - 1), 'a whole number, 0 … 4,294,967,295', seed)
  must('level', level > 0 && level < 1, 'a share between 0 and 1', level)
  return { resamples, next: uniform(seed), level }
}

/** The ends of an interval of sorted means. */
function ends(means: Float64Array, level: number): { low: number; high: number } {
  return { low: quantile(means, (1 - level) / 2), high: quantile(means, (1 + level) / 2) }
}

/** Means of as many units as there are, drawn with replacement; a unit is a value or a group. */
function resample(values: readonly number[], groups: readonly string[] | undefined, count: number, next: () => number): Float64Array {
  const indices = new Map<string, number>()
  // Each name's place in the order of first appearance.
  for (const name of groups ?? []) if (!indices.has(name)) indices.set(name, indices.size)
  const units = groups ? indices.size : values.length
  const [sums, sizes] = [new Float64Array(units), new Float64Array(units)]
  values.forEach((value, i) => {
    const unit = groups ? indices.get(groups[i])! : i
    sums[unit] += value
    sizes[unit]++
  })
  const means = new Float64Array(count)
  for (let r = 0; r < count; r++) {
    let [sum, size] = [0, 0]
    for (let k = 0; k < units; k++) {
      const unit = Math.floor(next() * units)
      sum += sums[unit]
      size += sizes[unit]
    }
    means[r] = sum / size
  }
  return means
}
