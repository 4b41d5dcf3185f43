/** One line of /proc/modules. */
export interface LoadedModule {
  readonly name: string
  /** Letters of the taints that it brought: `OE`. Empty for a module that was built and signed with the kernel. */
  readonly taints: string
}

// name size references users state address [(flags)] (kernel/module/procfs.c); `+` and `-` say that it comes or goes.
const line = /^(\S+) \d+ (?:\d+|-) \S+ (?:Live|Loading|Unloading) 0x[0-9a-f]+(?: \(([A-Z+-]+)\))?$/

/** Reads /proc/modules; undefined where a line is of another form. */
export const readLoadedModules = (text: string): readonly LoadedModule[] | undefined => {
  const lines = text.split('\n').filter((row) => row.trim() !== '')
  const modules = lines.flatMap((row) => {
    const [, name, flags = ''] = line.exec(row.trimEnd()) ?? []
    return name === undefined ? [] : [{ name, taints: flags.replace(/[+-]/g, '') }]
  })
  return modules.length === lines.length ? modules : undefined
}
