import { setUpConsoles } from './consoles.ts'
import { setUpCopying } from './copying.ts'
import { setUpDeepLinks } from './deep-links.ts'
import { setUpFilter } from './filter.ts'
import { setUpKeys } from './keys.ts'
import { setUpLists } from './lists.ts'
import { setUpTheme } from './theme.ts'

/** The report's page reads without any of this; it is what makes it quick to find things in. */
setUpTheme()
setUpFilter()
setUpLists()
setUpCopying()
const consoles = setUpConsoles()
setUpDeepLinks(consoles)
setUpKeys()
