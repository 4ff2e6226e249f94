/**
 * The keys there are, here and everywhere.
 */
import { useState } from 'react'
import { Dialog } from '../parts/dialog.tsx'
import { Key } from '../parts/key.tsx'
import { boundKeys } from './keys.ts'

export function Help({ onClose }: { readonly onClose: () => void }): React.JSX.Element {
  const [groups] = useState(boundKeys)
  return (
    <Dialog title="Keys" onClose={onClose} wide>
      <div className="help">
        {groups.map(({ title, bindings }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {bindings
                .filter(({ hidden }) => hidden !== true)
                .map(({ keys, does }) => (
                  <div key={keys}>
                    <dt>
                      <Key keys={keys} />
                      <span className="unseen">{keys}</span>
                    </dt>
                    <dd>{does}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
