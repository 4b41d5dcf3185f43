import { elfInventory } from '../harness/facts/elf-inventory.ts'
import { parseMaps, writableExecutable } from '../harness/facts/memory-maps.ts'
import { defaultLayout, partsAtDefault } from '../harness/facts/process-layout.ts'
import {
  fileAtRest,
  isAnonymous,
  isCopyOfRunc,
  processName,
  type RunningCode,
  runningCode,
} from '../harness/facts/running-code.ts'
import { CannotJudge } from '../harness/rules/cannot-judge.ts'
import type { GuestContext } from '../harness/rules/context.ts'
import { judge } from '../harness/rules/judge.ts'
import type { Evidence, Judgement } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'

check(
  'elf.mapped-code',
  {
    claim: 'no running process has memory that is writable and executable at once',
    promise: 'P6',
    severity: 'high',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['exec-stack-process'],
    remedy:
      'Find the mapping in the evidence: an executable stack, a just-in-time compiler, or a W+X segment.',
  },
  async (context) => {
    const probe = await context.probe()
    const processes = (await probe.processes()).filter((process) => !process.kernelThread)
    const maps = await probe.host.readMany(processes.map(({ pid }) => `/proc/${pid}/maps`))
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const { pid, comm, exe } of processes) {
      const bytes = maps.get(`/proc/${pid}/maps`)
      const mappings = bytes instanceof Buffer ? parseMaps(bytes.toString('latin1')) : []
      if (mappings.length === 0) {
        continue
      }
      const source = `/proc/${pid}/maps of ${exe ?? comm}`
      const found = writableExecutable(mappings)
      if (found.length === 0) {
        good.push({ vantage: 'inside', source, found: `${mappings.length} mappings, none W+X` })
      } else {
        const [first] = found
        bad.push({
          vantage: 'inside',
          source,
          found: `${found.length} W+X, first ${first?.start.toString(16)} ${first?.name}`,
          expected: 'none',
          subject: exe ?? comm,
        })
      }
    }
    return judge.findings({
      vantage: 'inside',
      source: '/proc/*/maps',
      bad,
      good,
      expectedAtLeast: 2,
      what: 'processes',
    })
  },
)

/** Examines everything that any process can run; what concerns nobody is left out. */
const onRunningCode =
  (
    what: string,
    examine: (code: RunningCode) => { readonly bad: string; readonly expected: string } | string | 'skip',
  ) =>
  async ({ probe, image }: GuestContext): Promise<Judgement> => {
    const { code, unread } = await runningCode(await probe(), await image())
    const bad: Evidence[] = []
    const good: Evidence[] = []
    const blind = unread.map(({ subject, reason }) => `${subject}: ${reason}`)
    for (const item of code) {
      const { process, mapping } = item
      const name = processName(process)
      const where =
        mapping.start === 'exe' ? `/proc/${process.pid}/exe` : `${mapping.start} ${mapping.permissions}`
      const source = `${where} of ${name}`
      if (mapping.errno !== undefined) {
        blind.push(`${mapping.name} in ${name}: ${mapping.errno}`)
        continue
      }
      const examined = examine(item)
      if (examined === 'skip') continue
      if (typeof examined === 'string') good.push({ vantage: 'inside', source, found: examined })
      else {
        bad.push({
          vantage: 'inside',
          source,
          found: examined.bad,
          expected: examined.expected,
          subject: name,
        })
      }
    }
    const source = 'what every process can run'
    return judge.all([
      judge.findings({ vantage: 'inside', source, bad, good, expectedAtLeast: 2, what }),
      ...blind.map((reason) => judge.inconclusive(`could not be looked at: ${reason}`)),
    ])
  }

check(
  'elf.running-files',
  {
    claim:
      'every program and library that any process runs is a file of the image, with the same content and name',
    promise: 'P6',
    severity: 'critical',
    vantages: ['inside', 'at-rest'],
    guest: 'shared',
    twins: ['stray-processes'],
    remedy:
      'Find out where the program in the evidence comes from: it was brought in, made or changed after the build.',
  },
  onRunningCode('mapped files', (code) => {
    const { mapping, atRest } = code
    if (mapping.file === undefined) return 'skip'
    const found = `${mapping.name}, SHA-256 ${mapping.file.sha256}`
    const file = fileAtRest(code)
    if (file !== undefined) return `${found}, which is ${file} at rest`
    if (isCopyOfRunc(code)) return `${found}, runc's own copy of ${atRest[0]}`
    const alike = atRest.length === 0 ? 'of no file of the image' : `of ${atRest[0]} under another name`
    return { bad: `${found}: the content ${alike}`, expected: 'a file of the image at rest' }
  }),
)

check(
  'elf.running-places',
  {
    claim: 'nothing runs from a place that can be written to, and nothing from a file that is gone',
    promise: 'P6',
    severity: 'high',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['stray-processes'],
    remedy: 'Keep programs on the read-only root, and mount everything that can be written with noexec.',
  },
  onRunningCode('mapped files', (code) => {
    const { mapping } = code
    const { file, name } = mapping
    if (file === undefined) return 'skip'
    const expected = 'a file with a name, on a mount that is read-only'
    if (isCopyOfRunc(code)) return `${name}, runc's own copy of its file`
    if (file.links === 0) return { bad: `${name}: a file without a name`, expected }
    if (file.mount === undefined) return { bad: `${name}: on a mount that is gone or hidden`, expected }
    const place = `${name} on ${file.mount} (${file.mounted})`
    return file.writable ? { bad: `${place}, which can be written to`, expected } : `${place}, read-only`
  }),
)

check(
  'elf.anonymous-code',
  {
    claim: 'no process can run its stack, its heap or any other memory that is no file',
    promise: 'P6',
    severity: 'high',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['exec-stack-process'],
    remedy:
      'Find what asks for it: a program without PT_GNU_STACK, a just-in-time compiler, nested functions in C.',
  },
  onRunningCode('executable mappings', ({ mapping }) => {
    const name = mapping.name === '' ? 'memory without a name' : mapping.name
    return isAnonymous(mapping)
      ? { bad: `${name} (${mapping.permissions})`, expected: 'code from a file' }
      : `${name} (${mapping.permissions})`
  }),
)

check(
  'elf.aslr',
  {
    claim: 'no process lies where the kernel puts programs whose addresses are not random',
    promise: 'P6',
    severity: 'high',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['lax-sysctls', 'stray-processes'],
    remedy:
      'Set kernel.randomize_va_space=2, remove norandmaps from the command line, and start no program with setarch -R.',
  },
  async (context) => {
    const probe = await context.probe()
    const layout = defaultLayout(await probe.host.layouts())
    if (layout === undefined) throw new CannotJudge('no program could be started without random addresses')
    const { programs } = await elfInventory(await context.image())
    const { code } = await runningCode(probe, await context.image())
    const started = code.filter(({ mapping }) => mapping.start === 'exe')
    const maps = await probe.host.readMany(started.map(({ process }) => `/proc/${process.pid}/maps`))
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const { process, mapping, atRest } of started) {
      const path = `/proc/${process.pid}/maps`
      const text = maps.get(path)
      if (!(text instanceof Buffer)) continue
      const isFixed = programs.some(
        ({ subject, elf }) => atRest.includes(subject) && elf.type === 'executable',
      )
      const parts = partsAtDefault(
        parseMaps(text.toString('latin1')),
        isFixed ? undefined : mapping.name,
        layout,
      )
      const source = `${path} of ${processName(process)}`
      // One part alone may lie there by chance.
      if (parts.length >= 2) {
        bad.push({
          vantage: 'inside',
          source,
          found: `${parts.join(', ')} at the kernel's default`,
          expected: 'random addresses',
          subject: processName(process),
        })
      } else good.push({ vantage: 'inside', source, found: 'stack and mappings at random addresses' })
    }
    return judge.findings({
      vantage: 'inside',
      source: '/proc/*/maps',
      bad,
      good,
      expectedAtLeast: 2,
      what: 'processes',
    })
  },
)
