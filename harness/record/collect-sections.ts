import { messageOf } from '../common/errors.ts'
import { type AtRest, atRestSources, type Found, type Running, runningSources } from './section-sources.ts'
import { type Section, type SectionId, type Sections, sectionIds } from './sections.ts'

/** Rows kept per list; a kernel has some ten thousand options at most. */
const rowsLimit = 20_000

/** Characters kept of a name or a value. */
const textLimit = 1000

const cut = (text: string): string =>
  text.length <= textLimit
    ? text
    : `${text.slice(0, textLimit)}… (${text.length - textLimit} more characters)`

/** Rows in order, cut to what a record keeps. */
export const sectionOf = ({ source, problem, rows }: Found): Section => {
  const all = [...rows].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
  const more = all.length - rowsLimit
  const problems = [...(problem === undefined ? [] : [cut(problem)]), ...(more > 0 ? [`${more} more`] : [])]
  return {
    source,
    problem: problems.length === 0 ? null : problems.join('; '),
    rows: Object.fromEntries(
      all
        .slice(0, rowsLimit)
        .map(([name, properties]) => [
          cut(name),
          Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, cut(value)])),
        ]),
    ),
  }
}

const collect = async <From>(
  from: From,
  sources: Partial<Record<SectionId, (from: From) => Promise<Found>>>,
): Promise<Sections> => {
  const sections: Sections = {}
  for (const id of sectionIds) {
    const source = sources[id]
    if (source === undefined) continue
    sections[id] = await source(from).then(sectionOf, (error: unknown) => ({
      source: '',
      problem: cut(messageOf(error)),
      rows: {},
    }))
  }
  return sections
}

/**
 * Lists what an image has. Never throws: a list that could not be made says why.
 * @param running absent where there is no guest to look into
 */
export const collectSections = async (atRest: AtRest, running?: Running): Promise<Sections> => ({
  ...(await collect(atRest, atRestSources)),
  ...(running === undefined ? {} : await collect(running, runningSources)),
})
