import { neutraliseLine } from '../../common/text.ts'
import type { Container } from '../../image/containers.ts'
import { columns } from '../plain-text.ts'
import type { PartReport } from './report.ts'
import type { TreeSummary } from './summary.ts'

/** Lists longer than that are cut, and say so; JSON has them whole. */
const mostRows = 25

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

export const humanSize = (bytes: number): string => {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1)
  const value = bytes / 1024 ** power
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`
}

const safe = (text: string): string => neutraliseLine(text, 300)

/** A part that is inside another is called by what its name has in addition. */
const shortName = (name: string, outer: string): string =>
  safe(name.startsWith(outer) && name !== outer ? name.slice(outer.length).replace(/^[:\s]+/, '') : name)

const describe = ({ format, size, kernel, details, unread }: PartReport): string =>
  [
    kernel === undefined
      ? format
      : `${format} ${kernel.release ?? 'of unknown version'} (${kernel.format}, ${kernel.architecture})`,
    ...(size > 0 ? [humanSize(size)] : []),
    ...Object.entries(details).map(([word, value]) => `${word} ${safe(value)}`),
    ...(unread === undefined ? [] : [`NOT READ: ${safe(unread)}`]),
  ].join(', ')

const outline = (part: PartReport, outer: string, level: number): string[] => {
  const indent = '  '.repeat(level)
  return [
    `${indent}${shortName(part.name, outer)}  ${describe(part)}`,
    ...(part.cmdline === undefined ? [] : [`${indent}  command line: ${safe(part.cmdline)}`]),
    ...part.parts.flatMap((inner) => outline(inner, part.name, level + 1)),
  ]
}

/** A table with a heading, cut where it is long; nothing where it has no rows. */
const table = (title: string, rows: readonly (readonly string[])[], head?: readonly string[]): string[] => {
  if (rows.length === 0) return []
  const cut = rows.length - mostRows
  return [
    '',
    `  ${title}`,
    ...columns([...(head === undefined ? [] : [head]), ...rows.slice(0, mostRows)]).map(
      (row) => `    ${row}`,
    ),
    ...(cut > 0 ? [`    and ${cut} more: --json shows all`] : []),
  ]
}

const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

const containerRow = ({ kind, name, config, problem }: Container): string[] => {
  if (config === undefined) return [kind, safe(name), safe(problem ?? '')]
  return [
    kind,
    safe(name),
    `${config.uid}:${config.gid}`,
    plural(config.capabilities.length, 'capability', 'capabilities'),
    config.namespaces.length === 0 ? 'no namespaces' : config.namespaces.map(safe).join(','),
    [
      config.seccomp ? 'seccomp' : 'no seccomp',
      ...(config.noNewPrivileges ? ['no new privileges'] : []),
      config.readOnlyRoot ? 'root read-only' : 'root writable',
      ...(config.label === undefined ? [] : [safe(config.label)]),
    ].join(', '),
    safe(config.command.join(' ')).slice(0, 60),
  ]
}

const treeText = (name: string, tree: TreeSummary): string[] => [
  '',
  `${safe(name)}: ${plural(tree.files, 'file')} with ${humanSize(tree.bytes)}, ` +
    `${plural(tree.directories, 'directory', 'directories')}, ${plural(tree.links, 'link')}, ` +
    `${plural(tree.specials, 'device or socket', 'devices and sockets')}`,
  ...table(
    'size by directory',
    tree.sizes.map(({ path, files, bytes }) => [
      humanSize(bytes).padStart(8),
      plural(files, 'file'),
      safe(path),
    ]),
  ),
  ...table('containers', tree.containers.map(containerRow)),
  ...table(
    'files that raise privileges',
    tree.privileged.map(({ path, owner, by }) => [by.map(safe).join(', '), owner, safe(path)]),
  ),
  ...table(
    'ELF files',
    Object.entries(tree.elf)
      .sort(([, a], [, b]) => b - a)
      .map(([kind, count]) => [String(count).padStart(5), kind]),
  ),
  ...table(
    'damaged files',
    tree.damaged.map(({ path, reason }) => [safe(path), safe(reason)]),
  ),
]

const trees = (part: PartReport): string[] => [
  ...(part.tree === undefined ? [] : treeText(part.name, part.tree)),
  ...part.parts.flatMap(trees),
]

/** What a person reads of one artefact. */
export const asText = (part: PartReport): string => [...outline(part, '', 0), ...trees(part)].join('\n')
