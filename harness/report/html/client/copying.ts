import { all } from './elements.ts'

/** Milliseconds for which a button says that it copied. */
const thanks = 1500

/** Buttons that copy the command beside them; pages from disk have no clipboard in some browsers, and then no button. */
export const setUpCopying = (): void => {
  if (navigator.clipboard === undefined) return
  for (const button of all('button.copy', HTMLButtonElement)) button.hidden = false
  document.addEventListener('click', ({ target }) => {
    if (!(target instanceof HTMLButtonElement) || !target.classList.contains('copy')) return
    const command = target.parentElement?.querySelector('code')?.textContent ?? ''
    const say = (word: string): void => {
      target.textContent = word
      setTimeout(() => {
        target.textContent = 'copy'
      }, thanks)
    }
    navigator.clipboard.writeText(command).then(
      () => say('copied'),
      () => say('select it'),
    )
  })
}
