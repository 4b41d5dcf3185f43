import { create, type Player } from 'asciinema-player'
import { all, one, reveal } from './elements.ts'

interface Recording {
  readonly columns: number
  readonly rows: number
  readonly events: readonly [at: number, code: 'o' | 'm', text: string][]
  readonly lines: readonly [at: number, text: string][]
}

/** Shows a moment of the console of an architecture. */
export interface Consoles {
  show(architecture: string, at: number): void
}

const mostHits = 300

const recordingOf = (architecture: string): Recording | undefined => {
  const data = document.getElementById(`recording-${architecture}`)?.textContent
  return data === undefined || data === null ? undefined : (JSON.parse(data) as Recording)
}

const open = (recording: Recording, into: HTMLElement): Player => {
  into.replaceChildren()
  const { columns, rows, events } = recording
  const header = { version: 2, width: columns, height: rows }
  const data = [header, ...events].map((line) => JSON.stringify(line)).join('\n')
  return create({ data }, into, {
    cols: columns,
    rows,
    fit: 'width',
    preload: true,
    poster: 'npt:0:01',
    markers: events.flatMap(([at, code, text]) => (code === 'm' ? [[at, text] as [number, string]] : [])),
    terminalFontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  })
}

/** A terminal that was never played shows its poster, wherever it was asked to seek to. */
const seekTo = async (player: Player, at: number): Promise<void> => {
  await player.play()
  await player.pause()
  await player.seek(at)
}

const hitButton = ([at, text]: readonly [number, string], show: () => void): HTMLElement => {
  const item = document.createElement('li')
  const button = document.createElement('button')
  button.type = 'button'
  const time = document.createElement('span')
  time.className = 'faint'
  time.textContent = `${at.toFixed(1)} s `
  button.append(time, text === '' ? ' ' : text)
  button.addEventListener('click', show)
  item.append(button)
  return item
}

/** Consoles are made when somebody wants them: a terminal costs more than all the rest of the page. */
const setUp = (place: HTMLElement, architecture: string): ((at: number) => void) | undefined => {
  const recording = recordingOf(architecture)
  const into = one('.player', HTMLElement, place)
  if (recording === undefined || into === undefined) return undefined
  let player: Player | undefined
  const show = (at: number): void => {
    player ??= open(recording, into)
    // A little later, since the line is there only after its last byte.
    void seekTo(player, at + 0.05)
    place.dataset.at = at.toFixed(3)
  }
  const button = one('button.open-player', HTMLButtonElement, into)
  reveal(button)
  button?.addEventListener('click', () => {
    player = open(recording, into)
    void player.play()
  })
  const search = one('.search', HTMLElement, place)
  const input = one('.search input', HTMLInputElement, place)
  const count = one('.search output', HTMLElement, place)
  const hits = one('.hits', HTMLElement, place)
  reveal(search)
  const find = (): void => {
    const word = (input?.value ?? '').toLowerCase()
    const found = recording.lines.filter(([, text]) => text.toLowerCase().includes(word))
    hits?.replaceChildren(...found.slice(0, mostHits).map((line) => hitButton(line, () => show(line[0]))))
    const more = found.length > mostHits ? `, the first ${mostHits} shown` : ''
    if (count !== undefined) count.textContent = `${found.length} lines${more}`
  }
  input?.addEventListener('input', find)
  find()
  return show
}

export const setUpConsoles = (): Consoles => {
  const ready = new Map<string, ((at: number) => void) | undefined>()
  const prepare = (place: HTMLElement): ((at: number) => void) | undefined => {
    const architecture = place.dataset.architecture ?? ''
    if (!ready.has(architecture)) ready.set(architecture, setUp(place, architecture))
    return ready.get(architecture)
  }
  const places = all('.console', HTMLElement)
  const watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries)
      if (isIntersecting && target instanceof HTMLElement) prepare(target)
  })
  for (const place of places) watcher.observe(place)
  return {
    show: (architecture, at) => {
      const place = places.find((candidate) => candidate.dataset.architecture === architecture)
      if (place === undefined) return
      prepare(place)?.(at)
      place.scrollIntoView({ block: 'start' })
    },
  }
}
