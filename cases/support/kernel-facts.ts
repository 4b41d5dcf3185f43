import type { Probe } from '../../harness/guest/probe.ts'
import type { ImageKernel } from '../../harness/image/image.ts'
import { parseKernelConfig } from '../../harness/image/kernel-config.ts'
import { CannotJudge } from '../../harness/rules/cannot-judge.ts'
import type { ArtefactContext } from '../../harness/rules/context.ts'
import type { KernelFacts } from '../../harness/rules/kernel/kernel-facts.ts'
import { kernelRules } from '../../harness/rules/kernel/kernel-rules.ts'
import { parseKernelVersion } from '../../harness/rules/kernel/kernel-version.ts'

/** What the artefact tells of its kernel; the configuration is undefined where none can be had. */
export const kernelAtRest = async ({
  architecture,
  image,
}: ArtefactContext): Promise<{ readonly kernel: ImageKernel; readonly facts: KernelFacts }> => {
  const { kernel } = await image()
  const { config, configSource, release } = kernel
  return {
    kernel,
    facts: {
      architecture,
      version: parseKernelVersion(release ?? ''),
      config: config === undefined ? undefined : parseKernelConfig(config, configSource).options,
      cmdline: undefined,
      sysctls: undefined,
    },
  }
}

const pathOf = (sysctl: string): string => `/proc/sys/${sysctl.replaceAll('.', '/')}`

/** Every sysctl that a rule is about and that the kernel has. Throws CannotJudge where one is there and cannot be read. */
export const readSysctls = async ({ host }: Probe): Promise<ReadonlyMap<string, string>> => {
  const names = [...new Set(kernelRules.flatMap(({ type, name }) => (type === 'sysctl' ? [name] : [])))]
  const contents = await host.readMany(names.map(pathOf))
  const sysctls = new Map<string, string>()
  for (const name of names) {
    const content = contents.get(pathOf(name))
    if (content instanceof Buffer) sysctls.set(name, content.toString('latin1').trim())
    else if (content !== 'ENOENT') throw new CannotJudge(`${pathOf(name)} cannot be read: ${content}`)
  }
  return sysctls
}
