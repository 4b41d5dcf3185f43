import { all, one, reveal } from './elements.ts'

interface Row {
  readonly element: HTMLElement
  readonly verdicts: readonly string[]
  text: string | undefined
}

/** Milliseconds after the last key until rows are filtered. */
const pause = 60

/** Shows the checks that have the words and a verdict asked for; a promise without any is hidden. */
export const setUpFilter = (): void => {
  const bar = one('.filter', HTMLElement)
  const input = one('#filter', HTMLInputElement)
  const count = one('#filter-count', HTMLElement)
  if (bar === undefined || input === undefined || count === undefined) return
  reveal(bar)
  const boxes = all('input[name=verdict]', HTMLInputElement, bar)
  const rows = all('details.check', HTMLElement).map(
    (element): Row => ({ element, verdicts: (element.dataset.verdicts ?? '').split(' '), text: undefined }),
  )
  const promises = all('section.promise', HTMLElement)
  const apply = (): void => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean)
    const wanted = new Set(boxes.filter(({ checked }) => checked).map(({ value }) => value))
    let shown = 0
    for (const row of rows) {
      const hasVerdict = row.verdicts.some((verdict) => wanted.has(verdict))
      if (hasVerdict && words.length > 0) row.text ??= (row.element.textContent ?? '').toLowerCase()
      const fits = hasVerdict && words.every((word) => row.text?.includes(word) === true)
      row.element.hidden = !fits
      if (fits) shown += 1
    }
    for (const promise of promises)
      promise.hidden = promise.querySelector('details.check:not([hidden])') === null
    count.textContent = shown === rows.length ? `${rows.length} checks` : `${shown} of ${rows.length} checks`
  }
  let timer: number | undefined
  input.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(apply, pause)
  })
  for (const box of boxes) box.addEventListener('change', apply)
  count.textContent = `${rows.length} checks`
}
