using System.Reflection;

namespace Netcd.Fuzzing;

/// <summary>Inputs that have shown a fault once, or are worth to be tried each time: a line of hexadecimal digits each.</summary>
internal static class Corpus
{
    /// <summary>The inputs kept for a target; lines with a # are remarks.</summary>
    public static IReadOnlyList<byte[]> Of(string target)
    {
        using Stream? stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(target);
        if (stream is null)
        {
            return [];
        }

        using StreamReader reader = new(stream);
        return [.. reader.ReadToEnd().Split('\n')
            .Select(static line => line.Trim())
            .Where(static line => line.Length > 0 && line[0] != '#')
            .Select(Convert.FromHexString)];
    }
}
