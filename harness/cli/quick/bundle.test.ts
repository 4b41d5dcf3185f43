import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { bundleCommand } from './bundle.ts'

const config = join(import.meta.dirname, '../../../fixtures/kernel-config/debian-6.12-cloud-amd64.config.gz')
const runs: Readonly<Record<string, readonly string[]>> = {
  kconfig: [config, '--policy', 'moby', '--json'],
  binaries: [process.execPath, '--json'],
}

const manifest = z.object({
  main: z.string(),
  inputs: z.array(z.tuple([z.string(), z.number(), z.number()])),
})

/** What the command says and how it ends, run from the file in another process. */
const outcomeOf = async (file: string, words: readonly string[]) => {
  const script = `const { run } = await import(process.argv[1]); await run(process.argv.slice(2))`
  const args = ['--input-type=module', '--eval', script, file, ...words]
  const { stdout, exitCode } = await execa(process.execPath, args, { reject: false })
  return { stdout, exitCode }
}

describe('bundleCommand', () => {
  it.each(Object.entries(runs))(
    'should make of %s a bundle that does as the sources do',
    async (command, words) => {
      // Packages that a bundle leaves out are looked for from where it is.
      await withDir(
        async ({ path }) => {
          await bundleCommand(command, path)
          const { main, inputs } = manifest.parse(
            JSON.parse(await readFile(join(path, `${command}.json`), 'utf8')),
          )
          const fromSources = await outcomeOf(join(import.meta.dirname, `${command}.ts`), words)
          expect(fromSources.stdout.length).toBeGreaterThan(500)
          expect(await outcomeOf(main, words)).toEqual(fromSources)
          const names = inputs.map(([name]) => name)
          expect(names).toContain(join(import.meta.dirname, `${command}.ts`))
          expect(names).toContain(join(import.meta.dirname, '..', `${command}.ts`))
          for (const [name, time, size] of inputs)
            expect(await stat(name)).toMatchObject({ mtimeMs: time, size })
        },
        {
          unsafeCleanup: true,
          tmpdir: join(import.meta.dirname, '../../../node_modules'),
          prefix: '.bundle',
        },
      )
    },
  )

  it('should keep a bundle that another process may be running from', async () => {
    await withDir(
      async ({ path }) => {
        await bundleCommand('kconfig', path)
        await bundleCommand('kconfig', path)
        const folders = (await readdir(path)).filter((name) => name.startsWith('kconfig-'))
        expect(folders).toHaveLength(2)
      },
      { unsafeCleanup: true },
    )
  })
})
