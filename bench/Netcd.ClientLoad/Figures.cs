using System.Globalization;

namespace Netcd.ClientLoad;

/// <summary>What one run measured.</summary>
/// <param name="PerSecond">Operations a second.</param>
/// <param name="Processor">Microseconds of the client's processor time an operation.</param>
/// <param name="Bytes">Bytes that the client allocated an operation.</param>
internal readonly record struct Figures(double PerSecond, double Processor, double Bytes)
{
    public static Figures Parse(string line)
    {
        double[] numbers = [.. line.Trim().Split(' ').Select(static text => double.Parse(text, CultureInfo.InvariantCulture))];
        return new Figures(numbers[0], numbers[1], numbers[2]);
    }

    public static Figures Median(IReadOnlyList<Figures> all) => new(
        Middle(all.Select(static figures => figures.PerSecond)),
        Middle(all.Select(static figures => figures.Processor)),
        Middle(all.Select(static figures => figures.Bytes)));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{PerSecond:0.###} {Processor:0.###} {Bytes:0.###}");

    private static double Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
