using Netcd.Engine.Auth;
using Netcd.Protocol.V3;

namespace Netcd.Simulation.Model;

/// <summary>Users and roles as they were at each revision of the store.</summary>
internal sealed class AuthHistory
{
    private readonly List<NaiveAuth> versions = [new NaiveAuth()];
    private readonly Dictionary<long, int> versionAt = [];

    /// <summary>Users and roles after all that is committed.</summary>
    public NaiveAuth Now { get; } = new();

    /// <summary>An entry was applied to <see cref="Now"/> and to the store.</summary>
    public void Applied(long revisionBefore, long revision)
    {
        if (Now.Revision != versions[^1].Revision || Now.IsEnabled != versions[^1].IsEnabled)
        {
            versions.Add(Now.Copy());
        }

        if (revision > revisionBefore)
        {
            versionAt[revision] = versions.Count - 1;
        }
    }

    /// <summary>
    /// Whether a user could see what the store held at a revision: it had the right then or has got it since. Users and roles are looked
    /// at after the store was taken, so that they are as new as the store at least.
    /// </summary>
    public bool CouldRead(string user, RangeRequest range, long revision)
    {
        for (int at = versionAt.GetValueOrDefault(revision); at < versions.Count; at++)
        {
            AuthIdentity caller = new(user, versions[at].Revision);
            if (versions[at].CheckKeys(caller, range.Key.ToStringUtf8(), range.RangeEnd.ToStringUtf8(), isWrite: false) is null)
            {
                return true;
            }
        }

        return false;
    }
}
