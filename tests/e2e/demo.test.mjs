// The demo's recording has tests of its own, beside it.
import '../../demo/make-fleet.test.mjs'
