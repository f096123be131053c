namespace Netcd.Tools.Output;

/// <summary>How an answer is written: the values of <c>--write-out</c>.</summary>
internal enum OutputFormat
{
    /// <summary>Values between commas.</summary>
    Simple,

    /// <summary>A line a value, with its name.</summary>
    Fields,

    /// <summary>JSON as Go's encoder writes it.</summary>
    Json,

    /// <summary>A protocol buffer, where there is one for the answer.</summary>
    Protobuf,

    /// <summary>A frame around names and values.</summary>
    Table,
}
