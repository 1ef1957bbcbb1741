import { session, setSession } from '../access/session';
import { useViewer } from '../access/viewer';
import { useStore } from '../lib/store';
import { m } from '../messages';
import { IconButton } from '../ui/Button';
import { Icon } from '../ui/Icon';

// Who is signed in. Nothing, while the server asks nobody.
export function WhoAmI() {
  const viewer = useViewer();
  const signedIn = useStore(session) !== null;
  if (viewer === undefined || !signedIn) {
    return null;
  }
  return (
    <div className="who" title={viewer.ownOnly ? `${viewer.subject}. ${m.login.ownOnly}` : viewer.subject}>
      <Icon name="user" />
      <span className="truncate">{viewer.name}</span>
      <span className="faint">{m.login.roles[viewer.role]}</span>
      <IconButton
        icon="logout"
        label={m.login.signOut}
        onClick={() => {
          setSession(null);
          location.reload();
        }}
      />
    </div>
  );
}
