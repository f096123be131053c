using Netcd.Engine.Auth;
using Netcd.Engine.Leases;
using Netcd.Protocol.Errors;

namespace Netcd.Engine.Apply;

/// <summary>Whether a user may write all keys of a lease.</summary>
/// <remarks>
/// A lease may have very many keys, and is asked for at each of their puts and at each keep-alive. What was found out is noted with it, for
/// one user and one picture of users and roles; after that only those keys are looked at that were attached since.
/// </remarks>
internal static class LeaseRights
{
    /// <summary>Why the lease is refused, or null. To be called by the thread that applies entries.</summary>
    public static EtcdError? CheckWrite(GrantedLease lease, AuthTable table, AuthIdentity caller)
    {
        if (lease.KeyCount == 0)
        {
            return null;
        }

        if (table.CheckCurrent(caller) is { } outdated)
        {
            return outdated;
        }

        IEnumerable<byte[]> unseen = lease.Checked is { } done && ReferenceEquals(done.Table, table) && done.User == caller.User
            ? done.Since
            : lease.Keys();
        foreach (byte[] key in unseen)
        {
            if (table.CheckWrite(caller, key, []) is { } refusal)
            {
                return refusal;
            }
        }

        lease.Checked = new CheckedKeys(table, caller.User);
        return null;
    }
}
