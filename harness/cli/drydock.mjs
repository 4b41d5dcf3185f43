#!/usr/bin/env node
// Starts the command line. Plain JavaScript, since the host's own Node may be too old to run TypeScript: it then hands
// over to the Node that npm has put into node_modules.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { constants, homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const fileAt = (relative) => fileURLToPath(new URL(relative, import.meta.url))

/** Type stripping is on without a flag since 22.18 and 23.6. */
const runsTypeScript = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)
}

const handOver = (node) => {
  const child = spawn(node, [fileAt('main.ts'), ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal sends Ctrl-C to the child as well; other signals reach this process alone.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}

const cacheHome = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const installedNode = fileAt('../../node_modules/.bin/node')

if (!existsSync(installedNode)) {
  process.stderr.write('drydock: its packages are not installed; run `npm run setup` in the checkout\n')
  process.exitCode = 3
} else if (runsTypeScript()) {
  module.enableCompileCache?.(join(cacheHome, 'drydock', 'node'))
  await import('./main.ts')
} else {
  handOver(installedNode)
}
