import type { Consoles } from './consoles.ts'

const moment = /^console-([a-z0-9_]+)@(\d+(?:\.\d+)?)$/

/** Opens what the address names: `#root.remount` a check, `#console-arm64@12.345` a moment of a console. */
export const setUpDeepLinks = (consoles: Consoles): void => {
  const follow = (): void => {
    const name = decodeURIComponent(location.hash.slice(1))
    const [, architecture, at] = moment.exec(name) ?? []
    if (architecture !== undefined) {
      consoles.show(architecture, Number(at))
      return
    }
    const element = document.getElementById(name)
    if (element === null) return
    for (let up: Element | null = element; up !== null; up = up.parentElement) {
      if (up instanceof HTMLDetailsElement) up.open = true
      if (up instanceof HTMLElement && up.matches('.check, .promise')) up.hidden = false
    }
    element.scrollIntoView({ block: 'start' })
    element.querySelector('summary')?.focus({ preventScroll: true })
  }
  addEventListener('hashchange', follow)
  // The same link may be followed twice.
  document.addEventListener('click', ({ target }) => {
    const link = target instanceof Element ? target.closest('a') : null
    if (link !== null && link.hash !== '' && link.hash === location.hash) follow()
  })
  if (location.hash !== '') follow()
}
