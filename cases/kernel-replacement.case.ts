import { decompress } from '../harness/image/compression.ts'
import { detectCompression } from '../harness/image/compression-format.ts'
import type { TreeEntry } from '../harness/image/file-tree.ts'
import { judge } from '../harness/rules/judge.ts'
import { check } from '../harness/vitest/check.ts'
import { capable, refusedForGood, trial } from './support/trials.ts'

// What root is refused, lest the running kernel be replaced or added to.

check(
  'kernel.kexec',
  {
    claim: 'root cannot load another kernel',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['open-kernel'],
    remedy: 'Set kernel.kexec_load_disabled=1, or build without CONFIG_KEXEC and CONFIG_KEXEC_FILE.',
  },
  refusedForGood(
    [
      trial('load another kernel with kexec_load(2)', 'kexec-load'),
      trial('load another kernel with kexec_file_load(2)', 'kexec-file-load'),
    ],
    { seal: '/proc/sys/kernel/kexec_load_disabled', control: [capable], absentOn: ['ENOSYS'] },
  ),
)

/** init_module(2) takes no compressed modules. */
const unpacked = async (entry: TreeEntry): Promise<Buffer> => {
  const bytes = await entry.read()
  const compression = detectCompression(bytes)
  return compression === undefined ? bytes : (await decompress(bytes, compression, entry.path)).content
}

check(
  'kernel.modules',
  {
    claim: 'root cannot load a kernel module once the system is up',
    promise: 'P3',
    severity: 'high',
    vantages: ['at-rest', 'inside'],
    guest: 'pristine',
    twins: ['modules-open'],
    remedy: 'Set kernel.modules_disabled=1 when the last module needed is loaded.',
  },
  async (context) => {
    const { host } = await context.probe()
    const { root } = await context.image()
    const running = (await host.read('/proc/modules')).toString('latin1').split('\n')
    const loaded = new Set(running.map((line) => line.split(' ')[0]))
    const modules = [...root.entries()].flatMap((entry) => {
      const [, name] = /\/(?:\d+-)?([^/]+)\.ko(?:\.\w+)?$/.exec(entry.path) ?? []
      return entry.type === 'file' && name !== undefined ? [{ entry, name: name.replaceAll('-', '_') }] : []
    })
    // Of a module that is loaded already the kernel says so only after it has let it in, which is what is asked.
    const candidate = modules.find(({ name }) => !loaded.has(name)) ?? modules[0]
    if (candidate === undefined) {
      return judge.inconclusive('the root file system holds no kernel module to try with')
    }
    const { path } = candidate.entry
    const bytes = (await unpacked(candidate.entry)).toString('base64')
    return await refusedForGood(
      [
        trial(`load ${path} with finit_module(2)`, 'load-module', { path }),
        trial(`load ${path} with init_module(2)`, 'load-module', { bytes }),
      ],
      { seal: '/proc/sys/kernel/modules_disabled', control: [capable] },
    )(context)
  },
)

check(
  'kernel.hibernation',
  {
    claim: 'root cannot hibernate the machine, and start a changed image of the kernel afterwards',
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['open-kernel'],
    remedy: 'Boot with lockdown or nohibernate, or build without CONFIG_HIBERNATION.',
  },
  refusedForGood([trial('choose how to hibernate', 'hibernate')], {
    seal: '/sys/kernel/security/lockdown',
    control: [
      trial('open /sys/power/state for writing', 'open-write', { path: '/sys/power/state' }),
      capable,
    ],
    absentOn: ['ENOENT'],
  }),
)
