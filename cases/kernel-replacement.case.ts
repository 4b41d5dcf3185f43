import type { Place } from '../harness/guest/probe.ts'
import { type Attempt, judge } from '../harness/rules/judge.ts'
import { check } from '../harness/vitest/check.ts'

/** Shows that the probe holds every capability on the host, so that a refusal there is the kernel's own. */
const fullyPrivileged = async (host: Place): Promise<Attempt> => ({
  what: 'set the clock to the time it is, as root on the host',
  attempted: await host.try('settime'),
})

check(
  'kernel.kexec',
  {
    claim: 'root cannot load another kernel',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['kexec-open'],
    remedy: 'Set kernel.kexec_load_disabled=1, or build without CONFIG_KEXEC and CONFIG_KEXEC_FILE.',
  },
  async (context) => {
    const { host } = await context.probe()
    return judge.refused(
      [
        {
          what: 'kexec_load as root',
          attempted: await host.try('kexec-load'),
          subject: 'kexec',
        },
      ],
      {
        control: [await fullyPrivileged(host)],
      },
    )
  },
)

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
    const modules = [...root.entries()].flatMap(({ path, type }) => {
      const [, name] = /\/(?:\d+-)?([^/]+)\.ko(?:\.\w+)?$/.exec(path) ?? []
      return type === 'file' && name !== undefined ? [{ path, name: name.replaceAll('-', '_') }] : []
    })
    // Of a module that is loaded already the kernel says so only after it has let it in, which is what is asked.
    const candidate = modules.find(({ name }) => !loaded.has(name)) ?? modules[0]
    if (candidate === undefined) {
      return judge.inconclusive('the root file system holds no kernel module to try with')
    }
    const { path } = candidate
    return judge.refused(
      [
        {
          what: `load ${path} as root`,
          attempted: await host.try('load-module', { path }),
          subject: 'modules',
        },
      ],
      { control: [await fullyPrivileged(host)] },
    )
  },
)
