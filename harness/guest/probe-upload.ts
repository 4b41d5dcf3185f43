import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { z } from 'zod'
import type { Architecture } from '../common/architecture.ts'
import { DrydockError } from '../common/errors.ts'
import { goBuild } from '../common/go-toolchain.ts'
import { neutraliseLine } from '../common/text.ts'
import { probePortName } from '../machine/argv.ts'
import { createRunDirectory } from '../machine/process/run-directory.ts'
import type { Shell } from './shell.ts'

/** The probe's program, a static one that needs nothing of the image. */
export const probeProgram = async (architecture: Architecture): Promise<Buffer> => {
  await using folder = createRunDirectory(tmpdir(), undefined)
  const output = join(folder.path, 'probe')
  await goBuild({ source: join(import.meta.dirname, 'probe'), architecture, output, pie: false })
  return await readFile(output)
}

/** Directories of which one is likely to be there: to mount on, or to write to. */
const folders = '/tmp /run /mnt /dev/shm /var/tmp /dev'

/**
 * Ways to get the program into the guest, the least visible first. Each reads it from standard input, starts
 * `hold`, which moves it into memory, and leaves no file. `UNPACK` stands for the program that unpacks it, `PORT` for the
 * name of the virtio port that it is to serve on.
 */
const ways = [
  {
    name: 'a tmpfs in a mount namespace of its own',
    needs: ['unshare', 'mount'],
    script: `exec unshare -m sh -c 'mount --make-rprivate / 2>/dev/null
for folder in ${folders}; do
  mount -t tmpfs -o mode=0700 drydock "$folder" 2>/dev/null || continue
  cd "$folder" && UNPACK >probe && chmod 0700 probe && exec ./probe hold PORT
  exit 1
done
exit 1'`,
  },
  {
    name: 'a folder that programs may be run from',
    needs: [],
    script: `for folder in /dev/shm /run /tmp /var/tmp /dev /root /; do
  file=$folder/.drydock-$$
  (umask 077 && printf '#!/bin/sh\\nexit 0\\n' >"$file" && chmod 0700 "$file" && "$file") 2>/dev/null || { rm -f "$file" 2>/dev/null; continue; }
  UNPACK >"$file" || { rm -f "$file"; exit 1; }
  "$file" hold PORT "$file" || { rm -f "$file"; exit 1; }
  exit 0
done
exit 1`,
  },
  {
    name: 'a tmpfs that others can see for a moment',
    needs: ['mount', 'umount'],
    script: `for folder in ${folders}; do
  mount -t tmpfs -o mode=0700 drydock "$folder" 2>/dev/null || continue
  UNPACK >"$folder/probe" && chmod 0700 "$folder/probe" && "$folder/probe" hold PORT
  result=$?
  umount -l "$folder" 2>/dev/null || umount "$folder"
  exit $result
done
exit 1`,
  },
] as const

/** An emulated serial line carries some 20 KB a second when the host is busy. */
const uploadMs = 300_000

const tools = ['unshare', 'mount', 'umount', 'gunzip', 'gzip'] as const

/** Where the probe is in a guest, as JSON. */
export const whereaboutsSchema = z.strictObject({
  /** To start it by, for as long as the guest runs. */
  path: z.string().regex(/^\/proc\/\d+\/exe$/),
  pid: z.number().int().positive(),
  /** Why it does not serve on its port; null where it does. */
  portProblem: z.string().nullable(),
})
export type Whereabouts = z.output<typeof whereaboutsSchema>

/** Puts the probe into the guest's memory, and has it serve on the virtio port where the guest has one. */
export const uploadProbe = async (shell: Shell, program: Buffer): Promise<Whereabouts> => {
  const found = await shell.run(
    `for tool in ${tools.join(' ')}; do command -v "$tool" >/dev/null 2>&1 && echo "$tool"; done; true`,
    { reason: 'to see how the probe can be uploaded' },
  )
  const available = new Set(found.stdout.toString().split(/\s+/))
  const unpack = available.has('gunzip') ? 'gunzip -c' : available.has('gzip') ? 'gzip -dc' : 'cat'
  const stdin = unpack === 'cat' ? program : await promisify(gzip)(program, { level: 9 })
  const failures: string[] = []
  for (const way of ways) {
    const missing = way.needs.filter((tool) => !available.has(tool))
    if (missing.length > 0) {
      failures.push(`${way.name}: there is no ${missing.join(', no ')}`)
      continue
    }
    const script = way.script.replaceAll('UNPACK', unpack).replaceAll('PORT', probePortName)
    const result = await shell.run(script, {
      stdin,
      timeoutMs: uploadMs,
      reason: `to upload the probe by ${way.name}`,
    })
    const place = result.exitCode === 0 ? placeIn(result.stdout.toString()) : undefined
    if (place !== undefined) return place
    failures.push(
      `${way.name}: ${neutraliseLine(result.stderr.toString(), 200) || `exit code ${result.exitCode}`}`,
    )
  }
  throw new DrydockError(
    `Expected a way to run the probe in the guest, found none (${failures.join('; ')})`,
    {
      code: 'PROBE_UPLOAD',
      blame: 'guest',
      phase: 'check',
      hint: 'Log in as root, or into a container that may mount.',
    },
  )
}

/** What `hold` has printed. */
const placeIn = (said: string): Whereabouts | undefined => {
  const pid = /^pid ([1-9]\d{0,9})$/m.exec(said)?.[1]
  if (pid === undefined) return undefined
  const isServing = said.split('\n').includes(`port ${probePortName}`)
  const problem = /^no port: (.*)$/m.exec(said)?.[1] ?? 'it did not say whether it serves'
  return {
    path: `/proc/${pid}/exe`,
    pid: Number(pid),
    portProblem: isServing ? null : neutraliseLine(problem, 300),
  }
}
