/* Starts the components of a page. Everything works without it; this only makes some things easier. */

import * as govuk from './vendor/govuk/govuk-frontend.min.js'
import * as moj from './vendor/moj/moj-frontend.min.js'
import { startAutosave } from './autosave.js'

govuk.initAll()
moj.initAll()
startAutosave(document)
