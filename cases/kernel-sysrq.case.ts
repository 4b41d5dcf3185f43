import type { Guest } from '../harness/guest/guest.ts'
import type { Attempted } from '../harness/guest/probe.ts'
import { CannotJudge } from '../harness/rules/cannot-judge.ts'
import { type Attempt, judge } from '../harness/rules/judge.ts'
import { judgedContainers } from '../harness/rules/judged-containers.ts'
import { check } from '../harness/vitest/check.ts'
import { appears } from './support/appears.ts'
import { nobody } from './support/trials.ts'

// The magic SysRq key: its h prints a help, which shows on the console and does no harm; its b would restart the machine.

const help = { key: 'h' }

/** Whether the console has shown what a key does, from a line on. */
const shows = ({ console }: Guest, line: number, effect: RegExp): boolean =>
  console.linesFrom(line).some(({ text }) => effect.test(text))

const helped = /sysrq: HELP\b/i

/** What writing to sysrq-trigger came to: only the help on the console shows that the kernel has obeyed. */
const shown = async (guest: Guest, run: () => Promise<Attempted>): Promise<Attempted> => {
  const line = guest.console.lineNumber
  const attempted = await run()
  if (attempted.outcome !== 'allowed') return attempted
  return (await appears(() => shows(guest, line, helped)))
    ? { outcome: 'allowed', detail: `${attempted.detail}; the console shows the help` }
    : { outcome: 'refused', errno: 'SILENT', call: attempted.detail }
}

check(
  'kernel.sysrq-trigger',
  {
    claim: 'neither a user without privilege nor a container can press the magic SysRq key',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside', 'outside'],
    guest: 'pristine',
    twins: ['unconfined-container'],
    remedy: 'Mount /proc/sysrq-trigger read-only in containers (linux.readonlyPaths in config.json).',
  },
  async (context) => {
    const guest = await context.guest()
    const probe = await guest.probe()
    const asNobody = await shown(guest, () => probe.host.try('sysrq', help, { uid: nobody.uid }))
    const attempts: Attempt[] = [{ what: 'ask for help as nobody', attempted: asNobody, subject: 'host' }]
    for (const { id, place } of await judgedContainers(probe, context.policy)) {
      const attempted = await shown(guest, () => place.try('sysrq', help))
      attempts.push({ what: `ask for help in ${place.name}`, attempted, subject: `container ${id}` })
    }
    const control = {
      what: 'ask for help as root',
      attempted: await shown(guest, () => probe.host.try('sysrq', help)),
    }
    return judge.refused(attempts, { control: [control], refusals: ['SILENT'], absentOn: ['ENOENT'] })
  },
)

/** What a serial driver tells of its first line: characters and breaks received. */
const received = async (guest: Guest): Promise<{ readonly characters: number; readonly breaks: number }> => {
  const { host } = await guest.probe()
  const files = await host.readMany(await host.glob('/proc/tty/driver/*'))
  const text = [...files.values()].map((content) => content.toString('latin1')).join('\n')
  const line = text.split('\n').find((row) => /^0: uart:(?!unknown)/.test(row))
  if (line === undefined)
    throw new CannotJudge('no serial driver in /proc/tty/driver tells what it has received')
  const count = (name: string) => Number(new RegExp(`\\b${name}:(\\d+)`).exec(line)?.[1] ?? 0)
  return { characters: count('rx'), breaks: count('brk') }
}

/**
 * Sends a break and an h down the console's serial line. Whether the kernel obeyed is known once it has received both
 * and shows what root has it do behind them, by another key and in a way that the setting has no say in.
 */
const breakAndHelp = async (guest: Guest): Promise<Attempted> => {
  const line = guest.console.lineNumber
  const before = await received(guest)
  await guest.machine.qmp.execute('chardev-send-break', { id: 'console' })
  await guest.console.write('h')
  const arrived = await appears(async () => {
    const { characters, breaks } = await received(guest)
    return breaks > before.breaks && characters > before.characters + 1
  })
  if (!arrived) return { outcome: 'impossible', reason: 'the break never reached the kernel' }
  const { host } = await guest.probe()
  const asked = await host.try('sysrq', { key: '7' })
  if (asked.outcome !== 'allowed' || !(await appears(() => shows(guest, line, /Loglevel set to 7/)))) {
    return { outcome: 'impossible', reason: 'the console does not show either what root does' }
  }
  return shows(guest, line, helped)
    ? { outcome: 'allowed', detail: 'the console shows the help' }
    : { outcome: 'refused', errno: 'SILENT', call: 'break and h, which the kernel received' }
}

check(
  'kernel.sysrq-console',
  {
    claim: 'whoever holds the serial line cannot press the magic SysRq key by a break',
    promise: 'P2',
    severity: 'medium',
    vantages: ['outside'],
    guest: 'pristine',
    twins: ['lax-sysctls'],
    remedy: 'Set kernel.sysrq=0, or build without CONFIG_MAGIC_SYSRQ_SERIAL.',
  },
  async (context) => {
    const guest = await context.guest()
    if ((await (await guest.probe()).host.stat('/proc/sysrq-trigger')) === undefined) {
      return judge.absent('the kernel has no magic SysRq key', [
        { vantage: 'inside', source: '/proc/sysrq-trigger', found: 'no such file' },
      ])
    }
    const attempted = await breakAndHelp(guest)
    const open = await context.pristine()
    const set = await (await open.probe()).host.try('set-sysctl', { name: 'kernel.sysrq', value: '1' })
    const control = set.outcome === 'allowed' ? await breakAndHelp(open) : set
    return judge.refused([{ what: 'break and h on the console', attempted, subject: 'console' }], {
      control: [{ what: 'break and h on the console once kernel.sysrq=1', attempted: control }],
      refusals: ['SILENT'],
    })
  },
)
