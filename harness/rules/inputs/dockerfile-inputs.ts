import { addInputs } from './add-inputs.ts'
import { type BuildInput, type Complain, type InputProblem, shown } from './build-input.ts'
import { type Dockerfile, type Instruction, readDockerfile } from './dockerfile-lines.ts'
import { type Expanded, expand, type Variables } from './expand.ts'
import { type Place, type Reading, unresolvedProblem } from './reading.ts'
import { type ReferenceOptions, referenceProblem } from './reference.ts'
import { assignments, splitInstruction, type Word } from './words.ts'

/** Docker sets these itself in FROM; a reference must be right on both architectures that Drydock knows. */
const platforms: readonly Variables[] = ['amd64', 'arm64'].map((architecture) => {
  const parts = { PLATFORM: `linux/${architecture}`, OS: 'linux', ARCH: architecture, VARIANT: '' }
  return new Map(
    ['BUILD', 'TARGET'].flatMap((side) =>
      Object.entries(parts).map(([name, value]) => [side + name, value] as const),
    ),
  )
})

/** Stages of a file at most: each looks through all that came before. */
const mostStages = 1000

/** A reference whose digest is written out is decided, even where its tag is not. */
const endsInDigest = /@sha256:[0-9a-f]{64}$/

const expandedProblem = (
  written: string,
  { text, unresolved }: Expanded,
  reading: Reading,
  isStage: (name: string) => boolean,
): InputProblem | undefined => {
  const name = text.toLowerCase()
  if (unresolved.length > 0) {
    return endsInDigest.test(written) ? undefined : unresolvedProblem(written, unresolved)
  }
  if (name === 'scratch' || isStage(name)) return undefined
  return referenceProblem(text, reading.options)
}

const readFrom = (words: readonly Word[], place: Place, reading: Reading): BuildInput[] => {
  const written = words[0]?.text ?? ''
  const before = new Set(reading.stages.map(({ name }) => name))
  const expansions = platforms.map((platform) =>
    expand(written, new Map([...platform, ...reading.global]), reading.escapeMark),
  )
  const name = words[2] && expand(words[2].text, reading.global, reading.escapeMark).text.toLowerCase()
  const base = reading.stages.find((stage) => stage.name === expansions[0]?.text.toLowerCase())
  reading.stages.push({ name, variables: new Map(base?.variables) })
  const problems = expansions.map((expanded) =>
    expandedProblem(written, expanded, reading, (text) => before.has(text)),
  )
  const isOwn = expansions.every(({ text }) => text === 'scratch' || before.has(text.toLowerCase()))
  if (isOwn) return []
  return [{ ...place, kind: 'image', problem: problems.find((problem) => problem !== undefined) }]
}

/** `--from` of COPY and of RUN's mounts: Docker expands no variables there. */
const readOtherStage = (reference: string, place: Place, reading: Reading): BuildInput[] => {
  const name = reference.toLowerCase()
  const isNumber = /^\d+$/.test(name) && Number(name) < reading.stages.length
  if (name === '' || name === 'scratch' || isNumber || reading.allNames.has(name)) return []
  const problem = reference.includes('$')
    ? {
        expected: 'an image by digest, or a stage',
        found: `${shown(reference)}, which Docker does not expand`,
      }
    : referenceProblem(reference, reading.options)
  return [{ ...place, kind: 'image', problem }]
}

/** Values of `from` in a mount, which is a line of comma-separated values. */
const mountSources = (mount: string): readonly string[] =>
  mount.split(',').flatMap((field) => {
    const [, value] = /^\s*from=(.*)$/is.exec(field) ?? []
    return value === undefined ? [] : [value]
  })

const setVariables = (keyword: string, words: readonly Word[], reading: Reading): void => {
  const variables = reading.stages.at(-1)?.variables ?? reading.global
  const [first, second] = words
  const isOldForm = keyword === 'ENV' && first !== undefined && !first.text.includes('=')
  const pairs = isOldForm ? [{ name: first.text, value: second?.text ?? '' }] : assignments(words)
  for (const { name, value } of pairs) {
    const expanded = value === undefined ? undefined : expand(value, variables, reading.escapeMark)
    const inherited = keyword === 'ARG' ? reading.global.get(name) : undefined
    const known = expanded === undefined ? inherited : expanded.text
    if (known === undefined || (expanded?.unresolved.length ?? 0) > 0) variables.delete(name)
    else variables.set(name, known)
  }
}

const readInstruction = (instruction: Instruction, reading: Reading, complain: Complain): BuildInput[] => {
  const { keyword, rest } = instruction
  if (!['FROM', 'COPY', 'ADD', 'RUN', 'ARG', 'ENV', 'ONBUILD'].includes(keyword)) return []
  const split = splitInstruction(rest, reading.escapeMark)
  const placed =
    (name: string) =>
    (reference: string, at: number): Place => ({ line: instruction.lineAt(at), place: name, reference })
  switch (keyword) {
    case 'FROM': {
      const { words } = split
      const [image, as] = words
      const isForm = words.length === 1 || (words.length === 3 && as?.text.toUpperCase() === 'AS')
      if (image === undefined || !isForm) {
        throw complain(instruction.lineAt(0), 'FROM IMAGE [AS NAME]', `FROM ${shown(rest)}`)
      }
      if (reading.stages.length >= mostStages) {
        throw complain(instruction.lineAt(0), `at most ${mostStages} stages`, 'another FROM')
      }
      return readFrom(words, placed('FROM')(image.text, image.at), reading)
    }
    case 'COPY':
      return split.flags
        .filter(({ name }) => name === 'from')
        .flatMap(({ value, at }) => readOtherStage(value, placed('COPY --from')(value, at), reading))
    case 'RUN':
      return split.flags
        .filter(({ name }) => name === 'mount')
        .flatMap(({ value, at }) =>
          mountSources(value).flatMap((from) =>
            readOtherStage(from, placed('RUN --mount=from')(from, at), reading),
          ),
        )
    case 'ADD':
      return addInputs(split, instruction, placed('ADD'), reading)
    case 'ONBUILD': {
      const [inner] = split.words
      if (inner === undefined) throw complain(instruction.lineAt(0), 'an instruction behind ONBUILD', 'none')
      const skipped = inner.at + inner.text.length
      const nested: Instruction = {
        keyword: inner.text.toUpperCase(),
        rest: rest.slice(skipped),
        lineAt: (at) => instruction.lineAt(at + skipped),
      }
      return ['COPY', 'RUN', 'ADD'].includes(nested.keyword) ? readInstruction(nested, reading, complain) : []
    }
    default:
      setVariables(keyword, split.words, reading)
      return []
  }
}

const stageNames = ({ instructions, escapeMark }: Dockerfile): ReadonlySet<string> =>
  new Set(
    instructions.flatMap(({ keyword, rest }) => {
      const name = keyword === 'FROM' ? splitInstruction(rest, escapeMark).words[2]?.text : undefined
      return name === undefined ? [] : [name.toLowerCase()]
    }),
  )

/**
 * Everything that a Dockerfile takes from outside: images of FROM, of COPY and RUN that name no stage, the one that
 * interprets the file, and what ADD fetches. `scratch` and stages are not listed. Throws what `complain` makes.
 */
export const dockerfileInputs = (
  text: string,
  complain: Complain,
  options: ReferenceOptions = {},
): readonly BuildInput[] => {
  const file = readDockerfile(text, complain)
  const reading: Reading = {
    escapeMark: file.escapeMark,
    options,
    global: new Map(),
    stages: [],
    allNames: stageNames(file),
  }
  const inputs = file.instructions.flatMap((instruction) => readInstruction(instruction, reading, complain))
  if (reading.stages.length === 0) throw complain(1, 'a Dockerfile with a FROM', 'none')
  if (file.syntax === undefined) return inputs
  const { image, line } = file.syntax
  const syntax = { kind: 'image', line, place: '# syntax', reference: image } as const
  return [{ ...syntax, problem: referenceProblem(image, options) }, ...inputs]
}
