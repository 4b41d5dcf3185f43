import { all, one, reveal } from './elements.ts'

/** A filter for each long list, over all its columns. */
export const setUpLists = (): void => {
  for (const list of all('details.list', HTMLElement)) {
    const field = one('.list-filter', HTMLElement, list)
    const input = one('.list-filter input', HTMLInputElement, list)
    reveal(field)
    input?.addEventListener('input', () => {
      const word = input.value.toLowerCase()
      for (const row of all('tbody tr', HTMLTableRowElement, list))
        row.hidden = !(row.textContent ?? '').toLowerCase().includes(word)
    })
  }
}
