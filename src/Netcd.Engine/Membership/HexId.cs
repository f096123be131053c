using System.Globalization;

namespace Netcd.Engine.Membership;

/// <summary>The id of a member or a cluster where people read it: in hexadecimal, as etcd writes it.</summary>
/// <param name="Value">The id.</param>
/// <remarks>Made into text only where it is written: a line of the log that is not wanted costs nothing.</remarks>
public readonly record struct HexId(ulong Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x", CultureInfo.InvariantCulture);
}
