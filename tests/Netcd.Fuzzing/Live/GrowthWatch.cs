using System.Globalization;

namespace Netcd.Fuzzing.Live;

/// <summary>
/// Notices a server that grows with what it is sent. It is asked when everything that was sent has been deleted again: what the server
/// holds then is to stay what it was after the first while, in which pools and caches fill.
/// </summary>
internal sealed class GrowthWatch
{
    private const int WarmUp = 10;

    /// <summary>Samples of which the least counts: a collection that has not come yet is not growth.</summary>
    private const int Window = 10;

    private const long MemoryAllowance = 128L << 20;
    private const int DescriptorAllowance = 60;
    private readonly List<(long Memory, int Descriptors)> samples = [];

    /// <summary>Takes a sample.</summary>
    /// <returns>What has grown, or null.</returns>
    public string? Add(long memory, int descriptors)
    {
        samples.Add((memory, descriptors));
        if (samples.Count < WarmUp + Window)
        {
            return null;
        }

        List<(long Memory, int Descriptors)> first = samples[..WarmUp];
        List<(long Memory, int Descriptors)> last = samples[^Window..];
        (long memoryAtFirst, long memoryNow) = (first.Max(static sample => sample.Memory), last.Min(static sample => sample.Memory));
        (int openAtFirst, int openNow) = (first.Max(static sample => sample.Descriptors), last.Min(static sample => sample.Descriptors));
        return memoryNow > memoryAtFirst + MemoryAllowance
            ? string.Create(CultureInfo.InvariantCulture, $"it grew from {memoryAtFirst >> 20} to {memoryNow >> 20} MB")
            : openNow > openAtFirst + DescriptorAllowance
                ? string.Create(CultureInfo.InvariantCulture, $"it went from {openAtFirst} to {openNow} open descriptors")
                : null;
    }

    /// <summary>The first and the last sample, as text.</summary>
    public override string ToString() => samples.Count == 0
        ? "no sample"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{samples[0].Memory >> 20} to {samples[^1].Memory >> 20} MB, "
                + $"{samples[0].Descriptors} to {samples[^1].Descriptors} descriptors");
}
