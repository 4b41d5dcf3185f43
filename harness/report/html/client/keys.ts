import { all, one } from './elements.ts'

const step = (by: 1 | -1): void => {
  const summaries = all('details.check:not([hidden]) > summary', HTMLElement)
  const { activeElement } = document
  const at = activeElement instanceof HTMLElement ? summaries.indexOf(activeElement) : -1
  const next = summaries[at === -1 ? (by === 1 ? 0 : summaries.length - 1) : at + by]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement && target.type === 'search'

const clear = (): void => {
  const input = one('#filter', HTMLInputElement)
  if (input === undefined) return
  input.value = ''
  input.dispatchEvent(new Event('input'))
  input.blur()
}

const actions: Readonly<Record<string, () => void>> = {
  '/': () => one('#filter', HTMLInputElement)?.focus(),
  j: () => step(1),
  k: () => step(-1),
  o: () => {
    const details = document.activeElement?.closest('details')
    if (details instanceof HTMLDetailsElement) details.open = !details.open
  },
  f: () => document.getElementById('failures')?.scrollIntoView(),
  Escape: clear,
}

/** Keys, as the page's foot tells them; what is typed into a field stays there. */
export const setUpKeys = (): void => {
  document.addEventListener('keydown', (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event
    if (ctrlKey || metaKey || altKey || (isTyping(target) && key !== 'Escape')) return
    if (target instanceof Element && target.closest('.player') !== null) return
    const action = Object.hasOwn(actions, key) ? actions[key] : undefined
    if (action === undefined) return
    event.preventDefault()
    action()
  })
}
