import type { Attempted, Place } from '../harness/guest/probe.ts'
import type { AttackContext } from '../harness/rules/context.ts'
import { type Attempt, judge } from '../harness/rules/judge.ts'
import { judgedContainers } from '../harness/rules/judged-containers.ts'
import { check } from '../harness/vitest/check.ts'
import { appears } from './support/appears.ts'
import { capable, nobody, refusedForGood, root, trial, tryAll } from './support/trials.ts'

// Programs that the kernel starts by itself, as root and outside of every container.

/** Where a mark is made: the host's /dev can be written before anything else can. */
const markAt = (name: string): string => `/dev/drydock-mark-${name}`

/** What an attempt to name such a program came to: only its mark shows that the kernel has run it. */
const ran = async (host: Place, mark: string, attempted: Attempted): Promise<Attempted> => {
  if (attempted.outcome !== 'allowed') return attempted
  return (await appears(async () => (await host.stat(mark)) !== undefined))
    ? { outcome: 'allowed', detail: `${attempted.detail}; the kernel ran it, and its mark is there` }
    : { outcome: 'refused', errno: 'SILENT', call: 'the program that was named' }
}

/** Whether the kernel runs one program only, whichever is named: then even root's attempts are without effect. */
const runsOneOnly = async (context: AttackContext): Promise<boolean> =>
  /^CONFIG_STATIC_USERMODEHELPER=y$/m.test((await context.image()).kernel.config ?? '')

check(
  'kernel.helpers',
  {
    claim:
      'neither a user without privilege nor a container can have the kernel run a program (core_pattern, modprobe)',
    promise: 'P2',
    severity: 'critical',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['unconfined-container'],
    remedy:
      'Keep /proc/sys read-only in containers; CONFIG_STATIC_USERMODEHELPER lets the kernel run one program only.',
  },
  async (context) => {
    const probe = await context.probe()
    const { host } = probe
    const attempts: Attempt[] = []
    for (const name of ['core-helper', 'module-helper'] as const) {
      const mark = markAt(`nobody-${name}`)
      const attempted = await ran(host, mark, await host.try(name, { mark }, { uid: nobody.uid }))
      attempts.push({ what: `${name} as nobody`, attempted, subject: `host:${name}` })
    }
    for (const { id, place } of await judgedContainers(probe, context.policy)) {
      const mark = markAt(id.replaceAll('/', '-'))
      const attempted = await ran(host, mark, await place.try('core-helper', { mark }))
      attempts.push({ what: `core-helper in ${place.name}`, attempted, subject: `${id}:core-helper` })
    }
    const asRoot = async (name: 'core-helper' | 'module-helper'): Promise<Attempt> => {
      const mark = markAt(`root-${name}`)
      return {
        what: `${name} as root on the host`,
        attempted: await ran(host, mark, await host.try(name, { mark })),
      }
    }
    const byRoot = [await asRoot('core-helper'), await asRoot('module-helper')] as const
    return (await runsOneOnly(context))
      ? judge.refused([...attempts, ...byRoot], {
          control: await tryAll([capable], host, root),
          refusals: ['SILENT'],
        })
      : judge.refused(attempts, { control: byRoot, refusals: ['SILENT'] })
  },
)

check(
  'kernel.module-autoload',
  {
    claim: 'a user without privilege cannot have the kernel load a module by asking for a kind of socket',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['modules-open'],
    remedy: 'Set kernel.modprobe to nothing, or kernel.modules_disabled=1 once the system is up.',
  },
  async (context) => {
    const { host } = await context.probe()
    const autoload = trial('ask for a socket of every family', 'socket-autoload')
    const attempts = await tryAll([autoload], host, nobody)
    const mark = markAt('autoload')
    const control = {
      what: "name a program of its own as root, which nobody's asking has the kernel run",
      attempted: await ran(host, mark, await host.try('module-helper', { mark })),
    }
    return (await runsOneOnly(context))
      ? judge.refused([...attempts, control], {
          control: await tryAll([capable], host, root),
          refusals: ['EAFNOSUPPORT', 'SILENT'],
        })
      : judge.refused(attempts, { control: [control], refusals: ['EAFNOSUPPORT'] })
  },
)

check(
  'kernel.binary-formats',
  {
    claim: 'not even root can have the kernel run files by an interpreter of his own (binfmt_misc)',
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['open-kernel'],
    remedy: 'Do not load the module binfmt_misc, or build without CONFIG_BINFMT_MISC.',
  },
  refusedForGood([trial('register an interpreter', 'binary-format')], {
    seal: '/proc/sys/kernel/modules_disabled',
    control: [trial('mount proc', 'file-system', { type: 'proc', file: 'version' }), capable],
    absentOn: ['ENODEV'],
  }),
)
