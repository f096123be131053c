using System.Globalization;

namespace Netcd.Engine.Leases;

/// <summary>
/// A lease's id. A number of its own kind, so that it cannot change places with a time or a revision: it becomes a plain number by itself,
/// for messages, but a plain number becomes an id only where somebody says so.
/// </summary>
/// <param name="Value">The id; 0 stands for no lease.</param>
public readonly record struct LeaseId(long Value)
{
    /// <summary>The plain number.</summary>
    public static implicit operator long(LeaseId id) => id.Value;

    /// <summary>In hexadecimal with 16 digits, as etcdctl writes it.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
