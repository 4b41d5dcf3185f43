import { one, reveal } from './elements.ts'

/** The button that turns the page dark or light, whatever the system says. */
export const setUpTheme = (): void => {
  const button = one('#theme', HTMLButtonElement)
  reveal(button)
  button?.addEventListener('click', () => {
    const root = document.documentElement
    const isDark =
      root.dataset.theme === undefined
        ? matchMedia('(prefers-color-scheme: dark)').matches
        : root.dataset.theme === 'dark'
    root.dataset.theme = isDark ? 'light' : 'dark'
  })
}
