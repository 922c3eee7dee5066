/** @file Where the tasks of a run keep what they tell each other: a folder within the results. */
import { join } from 'node:path'

/** Hidden, and left out when pictures are looked for. */
const FOLDER = '.adzus'

/** A picture that a task has in hand. */
export const claimsFolder = (output: string) => join(output, FOLDER, 'claims')
/** What each task has done. */
export const tasksFolder = (output: string) => join(output, FOLDER, 'tasks')
/** Lists of all inputs. */
export const inputsFolder = (output: string) => join(output, FOLDER, 'inputs')
export const fleetFolder = (output: string) => join(output, FOLDER)
/** All of them. */
export const fleetFolders = (output: string) => [claimsFolder(output), tasksFolder(output), inputsFolder(output)]
