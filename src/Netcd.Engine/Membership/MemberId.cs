using System.Globalization;

namespace Netcd.Engine.Membership;

/// <summary>
/// A member's id. A number of its own kind, so that it cannot change places with a term, an index or a cluster's id: it becomes a plain
/// number by itself, for raft and for messages, but a plain number becomes an id only where somebody says so.
/// </summary>
/// <param name="Value">The id; 0 stands for no member.</param>
public readonly record struct MemberId(ulong Value)
{
    /// <summary>The plain number.</summary>
    public static implicit operator ulong(MemberId id) => id.Value;

    /// <summary>In hexadecimal, as etcd writes it.</summary>
    public override string ToString() => Value.ToString("x", CultureInfo.InvariantCulture);
}
