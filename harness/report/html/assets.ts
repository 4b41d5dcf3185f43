import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'

/** The page's one script and one style, as texts that may stand in their elements. */
export interface Assets {
  readonly script: string
  readonly style: string
}

const here = import.meta.dirname

/** Neither element may be ended by its own text. */
const inElement = (text: string): string =>
  text.replace(/<\/(script|style)/gi, '<\\/$1').replaceAll('<!--', '<\\!--')

const bundle = async (entry: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
  })
  return outputFiles.map(({ text }) => text).join('')
}

const make = async (): Promise<Assets> => {
  const player = createRequire(import.meta.url).resolve('asciinema-player/dist/bundle/asciinema-player.css')
  const [script, own, theirs] = await Promise.all([
    bundle(join(here, 'client', 'main.ts')),
    bundle(join(here, 'style', 'report.css')),
    readFile(player, 'utf8'),
  ])
  return { script: inElement(script), style: inElement(`${theirs}\n${own}`) }
}

let made: Promise<Assets> | undefined

/** Bundles the page's script and style out of the checkout and its packages, once. No network is needed. */
export const reportAssets = (): Promise<Assets> => {
  made ??= make()
  return made
}
