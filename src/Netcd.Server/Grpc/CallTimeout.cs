using System.Globalization;

namespace Netcd.Server.Grpc;

/// <summary>How long a caller waits (header <c>grpc-timeout</c>): up to eight digits and a unit.</summary>
internal static class CallTimeout
{
    /// <summary>Of a call without one.</summary>
    public const int None = int.MaxValue;

    /// <summary>Less than a tenth of a millisecond is over before anything could be answered.</summary>
    private const double MinMilliseconds = 0.1;

    /// <summary>Reads it.</summary>
    /// <param name="header">The header's value.</param>
    /// <param name="milliseconds">The time; 0 where it is over already. A longer time than a timer takes is as good as none.</param>
    /// <returns>Null, or what is wrong with it in the words of Go's gRPC server.</returns>
    public static string? Read(string header, out int milliseconds)
    {
        milliseconds = None;
        if (header.Length < 2)
        {
            return $"transport: timeout string is too short: \"{header}\"";
        }

        if (header.Length > 9)
        {
            return $"transport: timeout string is too long: \"{header}\"";
        }

        double unit = UnitOf(header[^1]);
        if (unit == 0)
        {
            return $"transport: timeout unit is not recognized: \"{header}\"";
        }

        ReadOnlySpan<char> digits = header.AsSpan(0, header.Length - 1);
        if (!uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out uint amount))
        {
            return $"strconv.ParseUint: parsing \"{digits}\": invalid syntax";
        }

        double time = amount * unit;
        milliseconds = time < MinMilliseconds ? 0 : (int)Math.Clamp(time, 1, None);
        return null;
    }

    /// <summary>Milliseconds of a unit; 0 where there is no such unit.</summary>
    private static double UnitOf(char unit) => unit switch
    {
        'H' => 3_600_000.0,
        'M' => 60_000.0,
        'S' => 1_000.0,
        'm' => 1,
        'u' => 1 / 1_000.0,
        'n' => 1 / 1_000_000.0,
        _ => 0,
    };
}
