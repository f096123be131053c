using System.Globalization;

namespace Netcd.Engine.Backend;

/// <summary>A number of bytes as etcd's log writes it for people: powers of a thousand, two digits.</summary>
/// <param name="Bytes">The number.</param>
public readonly record struct ByteCount(long Bytes)
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    /// <inheritdoc/>
    public override string ToString()
    {
        if (Bytes < 10)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{Bytes} B");
        }

        int unit = (int)Math.Floor(Math.Log(Bytes, 1_000));
        double value = Math.Floor((Bytes / Math.Pow(1_000, unit) * 10) + 0.5) / 10;
        return value.ToString(value < 10 ? "F1" : "F0", CultureInfo.InvariantCulture) + " " + Units[unit];
    }
}
