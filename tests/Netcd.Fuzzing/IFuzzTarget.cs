namespace Netcd.Fuzzing;

/// <summary>What became of an input.</summary>
internal enum Verdict
{
    /// <summary>It was taken for what it says.</summary>
    Accepted,

    /// <summary>It was refused in the way that the parser promises.</summary>
    Refused,
}

/// <summary>A parser, and what it may do with an input that nobody has made with care.</summary>
internal interface IFuzzTarget : IDisposable
{
    /// <summary>The name in commands and of the corpus.</summary>
    string Name { get; }

    /// <summary>Valid inputs, from which others are made.</summary>
    IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Words of the format, which mutations put in.</summary>
    IReadOnlyList<byte[]> Words => [];

    /// <summary>Feeds an input. Any exception is a finding; so is a run that takes too long or too much memory.</summary>
    Verdict Run(byte[] input);
}
