import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Catalogue, catalogue } from '../rules/catalogue.ts'

/** The checkout's own cases. */
export const casesFolder = join(import.meta.dirname, '..', '..', 'cases')

/** Imports every `*.case.ts` of the folder, in the order of their names, which defines their checks. */
export const loadCases = async (folder: string = casesFolder): Promise<Catalogue> => {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.case.ts')).sort()
  for (const file of files) await import(pathToFileURL(join(folder, file)).href)
  return catalogue
}
