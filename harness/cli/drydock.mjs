#!/usr/bin/env node
// Starts the command line. Plain JavaScript, since the host's own Node may be too old to run TypeScript: it then hands
// over to the Node that npm has put into node_modules. What every start pays for is kept small: node:fs, imported, is 3 ms.
const builtin = async (name) => process.getBuiltinModule?.(name) ?? (await import(name))
const fs = await builtin('node:fs')

const modules = new URL('../../node_modules/', import.meta.url)
const installedNode = new URL('.bin/node', modules)

/** Started for each of many files, so without the rest of the command line, and from a bundle. */
const quickCommands = ['binaries', 'kconfig']
const bundles = new URL('.cache/drydock/quick/', modules)

/** Type stripping is on without a flag since 22.18 and 23.6. */
const runsTypeScript = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)
}

const handOver = async () => {
  const { spawn } = await import('node:child_process')
  const { constants } = await import('node:os')
  const { fileURLToPath } = await import('node:url')
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const child = spawn(fileURLToPath(installedNode), [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal sends Ctrl-C to the child as well; other signals reach this process alone.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}

/** The bundle's main file; undefined where there is none, or one of its sources has changed since. */
const freshBundle = (command) => {
  try {
    const { main, inputs } = JSON.parse(fs.readFileSync(new URL(`${command}.json`, bundles), 'utf8'))
    const isFresh = inputs.every(([path, mtimeMs, size]) => {
      const stats = fs.statSync(path)
      return stats.mtimeMs === mtimeMs && stats.size === size
    })
    return isFresh ? main : undefined
  } catch {
    return undefined
  }
}

const runQuick = async (command, words, { createRequire }) => {
  const bundle = freshBundle(command)
  const { run } = bundle === undefined ? await import(`./quick/${command}.ts`) : createRequire(bundle)(bundle)
  if (!(await run(words))) await import('./main.ts')
  if (bundle !== undefined) return
  // Where it cannot be made or kept, the next start is as slow as this one.
  const { bundleCommand } = await import('./quick/bundle.ts')
  await bundleCommand(command, bundles.pathname).catch(() => {})
}

const start = async () => {
  const module = await builtin('node:module')
  const cacheHome =
    process.env.XDG_CACHE_HOME ?? `${process.env.HOME ?? (await builtin('node:os')).homedir()}/.cache`
  module.enableCompileCache(`${cacheHome}/drydock/node`)
  const [, , command, ...words] = process.argv
  if (quickCommands.includes(command)) await runQuick(command, words, module)
  else await import('./main.ts')
}

if (!fs.existsSync(installedNode)) {
  process.stderr.write('drydock: its packages are not installed; run `npm run setup` in the checkout\n')
  process.exitCode = 3
} else if (runsTypeScript()) await start()
else await handOver()
