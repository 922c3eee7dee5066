/** @file Whose turn it is on a device. */

/** Runs something when nobody else uses the device; fails where the model is gone. */
export type Exclusively = <T>(work: () => Promise<T>) => Promise<T>
