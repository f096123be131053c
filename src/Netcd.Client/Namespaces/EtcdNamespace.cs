using System.Text;
using Netcd.Client.Coordination;
using Netcd.Client.Keys;
using Netcd.Client.Leases;
using Netcd.Client.Views;
using Netcd.Client.Watching;

namespace Netcd.Client.Namespaces;

/// <summary>
/// The keys below a prefix as if there were no others: it is added to all that is asked, the ends of ranges too, and taken from all that is
/// answered. What has no end ends with the prefix. It is a convenience, and keeps nobody out: that is what permissions are for.
/// </summary>
/// <remarks>Leases have no names, and are those of the whole cluster; of their keys those below the prefix are listed. So is the history:
/// a compaction is of all keys.</remarks>
public sealed class EtcdNamespace
{
    internal EtcdNamespace(
        IKeyValues keys, IWatches watches, ILeases leases, ReadOnlyMemory<byte> prefix, ReadOnlyMemory<byte> outer = default)
    {
        if (prefix.IsEmpty)
        {
            throw new ArgumentException("a namespace needs a prefix, for example \"team-a/\"", nameof(prefix));
        }

        KeyPrefix added = new(prefix);
        Prefix = (byte[])[.. outer.Span, .. prefix.Span];
        Keys = new PrefixedKeyValues(keys, added);
        Watches = new PrefixedWatches(watches, added);
        Leases = new PrefixedLeases(leases, added);
        Coordination = new CoordinationClient(Keys, Watches, Leases);
    }

    /// <summary>The whole prefix.</summary>
    public ReadOnlyMemory<byte> Prefix { get; }

    /// <summary>Keys and values.</summary>
    public IKeyValues Keys { get; }

    /// <summary>Watches of keys.</summary>
    public IWatches Watches { get; }

    /// <summary>Leases, and what renews them.</summary>
    public ILeases Leases { get; }

    /// <summary>Locks, elections and the like.</summary>
    public ICoordination Coordination { get; }

    /// <summary>Opens a local copy of all keys with a prefix, which is kept up to date.</summary>
    /// <param name="prefix">The prefix within the namespace; empty for all its keys.</param>
    /// <returns>The view, which begins to read; it is to be disposed.</returns>
    public PrefixView OpenView(string prefix) => new(Keys, Watches, Encoding.UTF8.GetBytes(prefix));

    /// <summary>A namespace within this one.</summary>
    /// <param name="prefix">Its prefix within this one.</param>
    public EtcdNamespace Namespace(string prefix) => new(Keys, Watches, Leases, Encoding.UTF8.GetBytes(prefix), Prefix);
}
