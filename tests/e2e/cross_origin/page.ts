// A page's program: connects as the test says, and looks at everything.
import { connect, type ConnectOptions } from '@starling/client'

Object.assign(window, {
  begin(url: string, options: ConnectOptions) {
    const starling = connect(url, { ...options, reconnectDelayMs: 100 })
    Object.assign(window, { starling, subscription: starling.subscribe('site:*') })
  },
})
