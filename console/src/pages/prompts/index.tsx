/**
 * The page Prompts.
 */
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../shell/page.tsx'

export function PromptsPage(): React.JSX.Element {
  return (
    <Page title="Prompts">
      <Empty title="Not built yet">
        Prompts will be compared and edited here. Until then their texts are the files in the prompts folder, and “rondo backtest --prompt”
        tries a new one.
      </Empty>
    </Page>
  )
}
