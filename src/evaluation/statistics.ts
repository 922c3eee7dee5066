export interface BootstrapOptions {
  /** One name a value: values of one name (a patient) are drawn together. */
  groups?: readonly string[]
  /** 10,000 by default. */
  resamples?: number
  /** 0 by default. */
  seed?: number
  /** Of the interval; 0.95 by default. */
  level?: number
}

export interface Interval {
  /** Values. */
  n: number
  mean: number
  median: number
  low: number
  high: number
}

export function bootstrap(_values: readonly number[], _options: BootstrapOptions = {}): Interval {
  throw new Error('to come')
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

export function pairedBootstrap(_a: readonly number[], _b: readonly number[], _options: BootstrapOptions = {}): PairedInterval {
  throw new Error('to come')
}
