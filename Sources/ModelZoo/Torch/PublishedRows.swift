// Made by Tools/torch/make_rows.py with timm 1.0.31 and torchvision 0.29.2+cu132. Do not edit.

/// What is published for the networks of timm and torchvision, as text.
enum PublishedRows {
  /// Architecture, tag, side and share of the training, filter, mode, side and share of the test ("-": the same),
  /// statistics, licence, who trained them, ImageNet's top 1 in per cent ("-": not known). The first of an
  /// architecture's are taken unless a tag is named.
  static let timm = """
    resnet18 a1_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 73.164
    resnet18 a2_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 72.362
    resnet18 a3_in1k 160 0.95 bicubic crop 224 0.95 imagenet apache timm 68.246
    resnet18 tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 69.758
    resnet18 fb_ssl_yfcc100m_ft_in1k 224 0.875 bilinear crop - - imagenet nc facebook 72.636
    resnet18 fb_swsl_ig1b_ft_in1k 224 0.875 bilinear crop - - imagenet nc facebook 73.288
    resnet18 gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 70.844
    resnet50 a1_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 81.24
    resnet50 a1h_in1k 176 0.9 bicubic crop 224 1 imagenet apache timm 80.652
    resnet50 a2_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 80.78
    resnet50 a3_in1k 160 0.95 bicubic crop 224 0.95 imagenet apache timm 78.052
    resnet50 b1k_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 80.706
    resnet50 b2k_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 80.47
    resnet50 c1_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 80.928
    resnet50 c2_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 80.856
    resnet50 d_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 81.012
    resnet50 ram_in1k 224 0.875 bicubic crop 288 0.95 imagenet apache timm 79.974
    resnet50 am_in1k 224 0.875 bicubic crop - - imagenet apache timm 79.004
    resnet50 ra_in1k 224 0.875 bicubic crop 288 0.95 imagenet apache timm 79.86
    resnet50 bt_in1k 224 0.875 bicubic crop 288 0.95 imagenet apache timm 79.652
    resnet50 tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 76.13
    resnet50 tv2_in1k 176 0.875 bilinear crop 224 0.965 imagenet bsd torchvision 80.858
    resnet50 fb_ssl_yfcc100m_ft_in1k 224 0.875 bilinear crop - - imagenet nc facebook 79.252
    resnet50 fb_swsl_ig1b_ft_in1k 224 0.875 bilinear crop - - imagenet nc facebook 81.146
    resnet50 gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 77.58
    resnet34 a1_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 77.938
    resnet34 a2_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 77.148
    resnet34 a3_in1k 160 0.95 bicubic crop 224 0.95 imagenet apache timm 72.982
    resnet34 bt_in1k 224 0.875 bicubic crop 288 0.95 imagenet apache timm 76.508
    resnet34 ra4_e3600_r224_in1k 224 0.9 bicubic crop 288 1 half apache timm -
    resnet34 tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 73.314
    resnet34 gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 74.574
    resnet101 a1h_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 82.802
    resnet101 a1_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 82.322
    resnet101 a2_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 82.224
    resnet101 a3_in1k 160 0.95 bicubic crop 224 0.95 imagenet apache timm 79.82
    resnet101 tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 77.374
    resnet101 tv2_in1k 176 0.875 bilinear crop 224 0.965 imagenet bsd torchvision 81.886
    resnet101 gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 79.306
    resnet152 a1h_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 83.494
    resnet152 a1_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 82.744
    resnet152 a2_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 82.62
    resnet152 a3_in1k 160 0.95 bicubic crop 224 0.95 imagenet apache timm 80.548
    resnet152 tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 78.312
    resnet152 tv2_in1k 176 0.875 bilinear crop 224 0.965 imagenet bsd torchvision 82.284
    resnet152 gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 79.712
    resnet26 bt_in1k 224 0.875 bicubic crop 288 0.95 imagenet apache timm 76.378
    resnext50_32x4d a1h_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 82.012
    resnext50_32x4d a1_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 81.484
    resnext50_32x4d a2_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 81.298
    resnext50_32x4d a3_in1k 160 0.95 bicubic crop 224 0.95 imagenet apache timm 79.252
    resnext50_32x4d ra_in1k 224 0.875 bicubic crop 288 0.95 imagenet apache timm 80.706
    resnext50_32x4d tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 77.618
    resnext50_32x4d tv2_in1k 176 0.875 bilinear crop 224 0.965 imagenet bsd torchvision 81.198
    resnext50_32x4d fb_ssl_yfcc100m_ft_in1k 224 0.875 bilinear crop - - imagenet nc facebook 80.316
    resnext50_32x4d fb_swsl_ig1b_ft_in1k 224 0.875 bilinear crop - - imagenet nc facebook 82.162
    resnext50_32x4d gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 79.354
    wide_resnet50_2 racm_in1k 224 0.875 bicubic crop 288 0.95 imagenet apache timm 82.266
    wide_resnet50_2 tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 78.468
    wide_resnet50_2 tv2_in1k 176 0.875 bilinear crop 224 0.965 imagenet bsd torchvision 81.602
    wide_resnet101_2 tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 78.848
    wide_resnet101_2 tv2_in1k 176 0.875 bilinear crop 224 0.965 imagenet bsd torchvision 82.51
    resnext101_32x8d tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 79.312
    resnext101_32x8d tv2_in1k 176 0.875 bilinear crop 224 0.965 imagenet bsd torchvision 82.834
    resnext101_32x8d fb_wsl_ig1b_ft_in1k 224 0.875 bilinear crop - - imagenet nc facebook 82.72
    resnext101_32x8d fb_ssl_yfcc100m_ft_in1k 224 0.875 bilinear crop - - imagenet nc facebook 81.62
    resnext101_32x8d fb_swsl_ig1b_ft_in1k 224 0.875 bilinear crop - - imagenet nc facebook 84.282
    resnext101_64x4d c1_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 83.158
    resnext101_64x4d tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 83.246
    resnext101_64x4d gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 80.64
    resnext50d_32x4d bt_in1k 224 0.875 bicubic crop 288 0.95 imagenet apache timm 80.68
    resnext101_32x4d fb_ssl_yfcc100m_ft_in1k 224 0.875 bilinear crop - - imagenet nc facebook 80.936
    resnext101_32x4d fb_swsl_ig1b_ft_in1k 224 0.875 bilinear crop - - imagenet nc facebook 83.268
    resnext101_32x4d gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 80.336
    resnext101_32x16d fb_wsl_ig1b_ft_in1k 224 0.875 bilinear crop - - imagenet nc facebook 84.164
    resnext101_32x16d fb_ssl_yfcc100m_ft_in1k 224 0.875 bilinear crop - - imagenet nc facebook 81.88
    resnext101_32x16d fb_swsl_ig1b_ft_in1k 224 0.875 bilinear crop - - imagenet nc facebook 83.346
    resnet26d bt_in1k 224 0.875 bicubic crop 288 0.95 imagenet apache timm 77.424
    resnet18d ra2_in1k 224 0.875 bicubic crop 288 0.95 imagenet apache timm 73.794
    resnet18d ra4_e3600_r224_in1k 224 0.9 bicubic crop 288 1 half apache timm -
    resnet34d ra2_in1k 224 0.875 bicubic crop 288 0.95 imagenet apache timm 78.44
    resnet50d ra2_in1k 224 0.875 bicubic crop 288 0.95 imagenet apache timm 81.35
    resnet50d ra4_e3600_r224_in1k 224 0.95 bicubic crop 288 1 half apache timm 81.83
    resnet50d a1_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 81.444
    resnet50d a2_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 81.168
    resnet50d a3_in1k 160 0.95 bicubic crop 224 0.95 imagenet apache timm 78.742
    resnet50d gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 79.08
    resnet101d ra2_in1k 256 0.95 bicubic crop 320 1 imagenet apache timm 83.018
    resnet101d gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 80.466
    resnet152d ra2_in1k 256 0.95 bicubic crop 320 1 imagenet apache timm 83.684
    resnet152d gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 80.476
    resnet200d ra2_in1k 256 0.95 bicubic crop 320 1 imagenet apache timm 83.976
    resnet10t c3_in1k 176 0.875 bicubic crop 224 0.95 imagenet apache timm 68.346
    resnet14t c3_in1k 176 0.875 bicubic crop 224 0.95 imagenet apache timm 72.242
    resnet26t ra2_in1k 256 0.94 bicubic crop 320 1 imagenet apache timm 78.33
    resnet50c gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 78.016
    resnet50s gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 78.71
    resnet101c gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 79.542
    resnet101s gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 80.286
    resnet152c gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 79.906
    resnet152s gluon_in1k 224 0.875 bicubic crop - - imagenet apache gluon 81.048
    tf_efficientnet_lite0 in1k 224 0.875 bicubic crop - - half apache google 74.846
    efficientnet_lite0 ra_in1k 224 0.875 bicubic crop - - imagenet apache timm 75.49
    tf_efficientnet_lite1 in1k 240 0.882 bicubic crop - - half apache google 76.672
    tf_efficientnet_lite2 in1k 260 0.89 bicubic crop - - half apache google 77.472
    tf_efficientnet_lite3 in1k 300 0.904 bilinear crop - - half apache google 79.832
    tf_efficientnet_lite4 in1k 380 0.92 bilinear crop - - half apache google 81.546
    efficientnet_b0 ra_in1k 224 0.875 bicubic crop - - imagenet apache timm 77.696
    efficientnet_b0 ra4_e3600_r224_in1k 224 0.9 bicubic crop 256 1 half apache timm 79.37
    tf_efficientnet_b0 ns_jft_in1k 224 0.875 bicubic crop - - imagenet apache google 78.684
    tf_efficientnet_b0 ap_in1k 224 0.875 bicubic crop - - half apache google 77.094
    tf_efficientnet_b0 aa_in1k 224 0.875 bicubic crop - - imagenet apache google 76.882
    tf_efficientnet_b0 in1k 224 0.875 bicubic crop - - imagenet apache google 76.536
    efficientnet_b1 ra4_e3600_r240_in1k 240 0.9 bicubic crop 288 1 half apache timm 81.434
    efficientnet_b1 ft_in1k 224 0.875 bicubic crop 256 1 imagenet apache timm 78.798
    tf_efficientnet_b1 ns_jft_in1k 240 0.882 bicubic crop - - imagenet apache google 81.388
    tf_efficientnet_b1 ap_in1k 240 0.882 bicubic crop - - half apache google 79.288
    tf_efficientnet_b1 aa_in1k 240 0.882 bicubic crop - - imagenet apache google 78.84
    tf_efficientnet_b1 in1k 240 0.882 bicubic crop - - imagenet apache google 78.558
    efficientnet_b2 ra_in1k 256 0.875 bicubic crop 288 1 imagenet apache timm 80.61
    tf_efficientnet_b2 ns_jft_in1k 260 0.89 bicubic crop - - imagenet apache google 82.412
    tf_efficientnet_b2 ap_in1k 260 0.89 bicubic crop - - half apache google 80.296
    tf_efficientnet_b2 aa_in1k 260 0.89 bicubic crop - - imagenet apache google 80.082
    tf_efficientnet_b2 in1k 260 0.89 bicubic crop - - imagenet apache google 79.614
    efficientnet_b3 ra2_in1k 288 0.875 bicubic crop 320 1 imagenet apache timm 82.298
    tf_efficientnet_b3 ns_jft_in1k 300 0.904 bicubic crop - - imagenet apache google 84.064
    tf_efficientnet_b3 ap_in1k 300 0.904 bicubic crop - - half apache google 81.854
    tf_efficientnet_b3 aa_in1k 300 0.904 bicubic crop - - imagenet apache google 81.648
    tf_efficientnet_b3 in1k 300 0.904 bicubic crop - - imagenet apache google 80.88
    efficientnet_b4 ra2_in1k 320 0.875 bicubic crop 384 1 imagenet apache timm 83.474
    tf_efficientnet_b4 ns_jft_in1k 380 0.922 bicubic crop - - imagenet apache google 85.176
    tf_efficientnet_b4 ap_in1k 380 0.922 bicubic crop - - half apache google 83.25
    tf_efficientnet_b4 aa_in1k 380 0.922 bicubic crop - - imagenet apache google 83.04
    tf_efficientnet_b4 in1k 380 0.922 bicubic crop - - imagenet apache google 82.608
    efficientnet_b5 sw_in12k_ft_in1k 448 1 bicubic squash - - imagenet apache timm 85.892
    tf_efficientnet_b5 ns_jft_in1k 456 0.934 bicubic crop - - imagenet apache google 86.102
    tf_efficientnet_b5 ap_in1k 456 0.934 bicubic crop - - half apache google 84.254
    tf_efficientnet_b5 ra_in1k 456 0.934 bicubic crop - - imagenet apache google 83.828
    tf_efficientnet_b5 aa_in1k 456 0.934 bicubic crop - - imagenet apache google 83.696
    tf_efficientnet_b5 in1k 456 0.934 bicubic crop - - imagenet apache google 83.166
    tf_efficientnet_b6 ns_jft_in1k 528 0.942 bicubic crop - - imagenet apache google 86.476
    tf_efficientnet_b6 ap_in1k 528 0.942 bicubic crop - - half apache google 84.792
    tf_efficientnet_b6 aa_in1k 528 0.942 bicubic crop - - imagenet apache google 84.118
    tf_efficientnet_b7 ns_jft_in1k 600 0.949 bicubic crop - - imagenet apache google 86.852
    tf_efficientnet_b7 ap_in1k 600 0.949 bicubic crop - - half apache google 85.132
    tf_efficientnet_b7 ra_in1k 600 0.949 bicubic crop - - imagenet apache google 84.93
    tf_efficientnet_b7 aa_in1k 600 0.949 bicubic crop - - imagenet apache google 84.436
    mobilenetv1_100 ra4_e3600_r224_in1k 224 0.875 bicubic crop 256 0.95 half apache timm 76.086
    mobilenetv1_100h ra4_e3600_r224_in1k 224 0.875 bicubic crop 256 0.95 half apache timm 76.594
    mobilenetv1_125 ra4_e3600_r224_in1k 224 0.9 bicubic crop 256 1 half apache timm 77.584
    mobilenetv2_100 ra_in1k 224 0.875 bicubic crop - - imagenet apache timm 72.936
    mobilenetv2_050 lamb_in1k 224 0.875 bicubic crop - - imagenet apache timm 65.93
    mobilenetv2_110d ra_in1k 224 0.875 bicubic crop - - imagenet apache timm 75.054
    mobilenetv2_120d ra_in1k 224 0.875 bicubic crop - - imagenet apache timm 77.298
    mobilenetv2_140 ra_in1k 224 0.875 bicubic crop - - imagenet apache timm 76.528
    tf_mobilenetv3_small_100 in1k 224 0.875 bilinear crop - - half apache google 67.932
    mobilenetv3_large_100 ra_in1k 224 0.875 bicubic crop - - imagenet apache timm 75.786
    mobilenetv3_large_100 ra4_e3600_r224_in1k 224 0.95 bicubic crop 256 1 half apache timm -
    mobilenetv3_large_100 miil_in21k_ft_in1k 224 0.875 bilinear crop - - unit apache miil 77.91
    mobilenetv3_small_050 lamb_in1k 224 0.875 bicubic crop - - imagenet apache timm 57.924
    mobilenetv3_small_075 lamb_in1k 224 0.875 bicubic crop - - imagenet apache timm 65.266
    mobilenetv3_small_100 lamb_in1k 224 0.875 bicubic crop - - imagenet apache timm 67.638
    tf_mobilenetv3_large_075 in1k 224 0.875 bilinear crop - - half apache google 73.448
    tf_mobilenetv3_large_100 in1k 224 0.875 bilinear crop - - half apache google 75.514
    tf_mobilenetv3_large_minimal_100 in1k 224 0.875 bilinear crop - - half apache google 72.27
    tf_mobilenetv3_small_075 in1k 224 0.875 bilinear crop - - half apache google 65.732
    tf_mobilenetv3_small_minimal_100 in1k 224 0.875 bilinear crop - - half apache google 62.894
    mobilenetv4_conv_small e2400_r224_in1k 224 0.875 bicubic crop 256 0.95 imagenet apache timm 74.644
    mobilenetv4_conv_small e1200_r224_in1k 224 0.875 bicubic crop 256 0.95 imagenet apache timm 74.29
    mobilenetv4_conv_small e3600_r256_in1k 256 0.95 bicubic crop 320 1 half apache timm -
    mobilenetv4_conv_small_050 e3000_r224_in1k 224 0.875 bicubic crop 256 0.95 half apache timm -
    mobilenetv4_conv_medium e500_r256_in1k 256 0.95 bicubic crop 320 1 imagenet apache timm 80.88
    mobilenetv4_conv_medium e500_r224_in1k 224 0.95 bicubic crop 256 1 imagenet apache timm 79.838
    mobilenetv4_conv_medium e250_r384_in12k_ft_in1k 384 0.95 bicubic crop - - imagenet apache timm -
    mobilenetv4_conv_large e600_r384_in1k 384 0.95 bicubic crop 448 1 imagenet apache timm 83.418
    mobilenetv4_conv_large e500_r256_in1k 256 0.95 bicubic crop 320 1 imagenet apache timm 82.674
    regnety_002 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 70.294
    regnetx_002 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 68.76
    regnetx_004 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 72.432
    regnetx_004_tv tv2_in1k 224 0.965 bicubic crop - - imagenet bsd torchvision 74.864
    regnetx_006 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 73.884
    regnetx_008 tv2_in1k 224 0.965 bicubic crop - - imagenet bsd torchvision 77.522
    regnetx_008 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 75.062
    regnetx_016 tv2_in1k 224 0.965 bicubic crop - - imagenet bsd torchvision 79.668
    regnetx_016 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 76.924
    regnetx_032 tv2_in1k 224 0.965 bicubic crop - - imagenet bsd torchvision 81.196
    regnetx_032 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 78.166
    regnetx_040 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 78.494
    regnetx_064 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 79.06
    regnetx_080 tv2_in1k 224 0.965 bicubic crop - - imagenet bsd torchvision 81.682
    regnetx_080 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 79.216
    regnetx_120 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 79.608
    regnetx_160 tv2_in1k 224 0.965 bicubic crop - - imagenet bsd torchvision 82.716
    regnetx_160 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 79.858
    regnetx_320 tv2_in1k 224 0.965 bicubic crop - - imagenet bsd torchvision 83.014
    regnetx_320 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 80.262
    regnety_004 tv2_in1k 224 0.965 bicubic crop - - imagenet bsd torchvision 75.804
    regnety_004 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 74.006
    regnety_006 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 75.262
    regnety_008 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 76.334
    regnety_008_tv tv2_in1k 224 0.965 bicubic crop - - imagenet bsd torchvision 78.828
    regnety_016 tv2_in1k 224 0.965 bicubic crop - - imagenet bsd torchvision 80.876
    regnety_016 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 77.908
    regnety_032 ra_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 82.724
    regnety_032 tv2_in1k 224 0.965 bicubic crop - - imagenet bsd torchvision 81.982
    regnety_032 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 78.896
    regnety_040 ra3_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 83.058
    regnety_040 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 79.236
    regnety_064 ra3_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 83.712
    regnety_064 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 79.728
    regnety_080 ra3_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 83.94
    regnety_080 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 79.882
    regnety_080_tv tv2_in1k 224 0.965 bicubic crop - - imagenet bsd torchvision 82.828
    regnety_120 sw_in12k_ft_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 85.442
    regnety_120 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 80.382
    regnety_160 sw_in12k_ft_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 86.032
    regnety_160 lion_in12k_ft_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 86.01
    regnety_160 deit_in1k 224 0.95 bicubic crop 288 1 imagenet apache timm 83.7
    regnety_160 tv2_in1k 224 0.965 bicubic crop - - imagenet bsd torchvision 82.886
    regnety_160 swag_ft_in1k 384 1 bicubic crop - - imagenet nc torchvision 86.018
    regnety_160 swag_lc_in1k 224 0.965 bicubic crop - - imagenet nc torchvision 83.808
    regnety_160 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 80.284
    regnety_320 tv2_in1k 224 0.965 bicubic crop - - imagenet bsd torchvision 83.368
    regnety_320 swag_ft_in1k 384 1 bicubic crop - - imagenet nc torchvision 86.86
    regnety_320 swag_lc_in1k 224 0.965 bicubic crop - - imagenet nc torchvision 84.632
    regnety_320 seer_ft_in1k 384 1 bicubic crop - - imagenet seer facebook 83.326
    regnety_320 pycls_in1k 224 0.875 bicubic crop - - imagenet mit facebook 80.796
    vgg11_bn tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 70.37
    vgg11 tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 69.02
    vgg13 tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 69.928
    vgg13_bn tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 71.586
    vgg16 tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 71.592
    vgg16_bn tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 73.36
    vgg19 tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 72.376
    vgg19_bn tv_in1k 224 0.875 bilinear crop - - imagenet bsd torchvision 74.218
    densenet121 ra_in1k 224 0.875 bicubic crop 288 0.95 imagenet apache timm 76.48
    densenet121 tv_in1k 224 0.875 bicubic crop - - imagenet apache torchvision 74.434
    densenet161 tv_in1k 224 0.875 bicubic crop - - imagenet apache torchvision 77.138
    densenet169 tv_in1k 224 0.875 bicubic crop - - imagenet apache torchvision 75.6
    densenet201 tv_in1k 224 0.875 bicubic crop - - imagenet apache torchvision 76.896
    hgnetv2_b0 ssld_stage2_ft_in1k 224 0.965 bicubic crop 288 1 imagenet apache paddle 78.598
    hgnetv2_b0 ssld_stage1_in22k_in1k 224 0.965 bicubic crop 288 1 imagenet apache paddle 78.034
    hgnetv2_b1 ssld_stage2_ft_in1k 224 0.965 bicubic crop 288 1 imagenet apache paddle 79.904
    hgnetv2_b1 ssld_stage1_in22k_in1k 224 0.965 bicubic crop 288 1 imagenet apache paddle 79.048
    hgnetv2_b2 ssld_stage2_ft_in1k 224 0.965 bicubic crop 288 1 imagenet apache paddle 82.36
    hgnetv2_b2 ssld_stage1_in22k_in1k 224 0.965 bicubic crop 288 1 imagenet apache paddle 81.46
    hgnetv2_b3 ssld_stage2_ft_in1k 224 0.965 bicubic crop 288 1 imagenet apache paddle 83.58
    hgnetv2_b3 ssld_stage1_in22k_in1k 224 0.965 bicubic crop 288 1 imagenet apache paddle 83.114
    hgnetv2_b4 ssld_stage2_ft_in1k 224 0.965 bicubic crop 288 1 imagenet apache paddle 83.934
    hgnetv2_b4 ssld_stage1_in22k_in1k 224 0.965 bicubic crop 288 1 imagenet apache paddle 83.448
    hgnetv2_b5 ssld_stage2_ft_in1k 224 0.965 bicubic crop 288 1 imagenet apache paddle 85.15
    hgnetv2_b5 ssld_stage1_in22k_in1k 224 0.965 bicubic crop 288 1 imagenet apache paddle 84.924
    hgnetv2_b6 ssld_stage2_ft_in1k 224 0.965 bicubic crop 288 1 imagenet apache paddle 86.384
    hgnetv2_b6 ssld_stage1_in22k_in1k 224 0.965 bicubic crop 288 1 imagenet apache paddle 86.298
    tf_efficientnetv2_b0 in1k 192 0.875 bicubic crop 224 0.875 imagenet apache google 78.38
    tf_efficientnetv2_b1 in1k 192 0.882 bicubic crop 240 0.882 imagenet apache google 79.518
    tf_efficientnetv2_b2 in1k 208 0.89 bicubic crop 260 0.89 imagenet apache google 80.226
    tf_efficientnetv2_b3 in21k_ft_in1k 240 0.9 bicubic squash 300 0.9 half apache google 82.634
    tf_efficientnetv2_b3 in1k 240 0.904 bicubic crop 300 0.904 imagenet apache google 81.96
    tf_efficientnetv2_s in21k_ft_in1k 300 1 bicubic crop 384 1 half apache google 84.316
    tf_efficientnetv2_s in1k 300 1 bicubic crop 384 1 half apache google 83.896
    tf_efficientnetv2_m in21k_ft_in1k 384 1 bicubic squash 480 1 half apache google 86.014
    tf_efficientnetv2_m in1k 384 1 bicubic squash 480 1 half apache google 85.21
    tf_efficientnetv2_l in21k_ft_in1k 384 1 bicubic squash 480 1 half apache google 86.802
    tf_efficientnetv2_l in1k 384 1 bicubic squash 480 1 half apache google 85.66
    """

  /// Architecture, tag, file, side, shorter side of the resized photo, filter, statistics, licence,
  /// ImageNet's top 1 in per cent.
  static let torchvision = """
    resnet18 v1 resnet18-f37072fd.pth 224 256 bilinear imagenet bsd 69.758
    resnet50 v1 resnet50-0676ba61.pth 224 256 bilinear imagenet bsd 76.13
    resnet50 v2 resnet50-11ad3fa6.pth 224 232 bilinear imagenet bsd 80.858
    resnet34 v1 resnet34-b627a593.pth 224 256 bilinear imagenet bsd 73.314
    resnet101 v1 resnet101-63fe2227.pth 224 256 bilinear imagenet bsd 77.374
    resnet101 v2 resnet101-cd907fc2.pth 224 232 bilinear imagenet bsd 81.886
    resnet152 v1 resnet152-394f9c45.pth 224 256 bilinear imagenet bsd 78.312
    resnet152 v2 resnet152-f82ba261.pth 224 232 bilinear imagenet bsd 82.284
    resnext50_32x4d v1 resnext50_32x4d-7cdf4587.pth 224 256 bilinear imagenet bsd 77.618
    resnext50_32x4d v2 resnext50_32x4d-1a0047aa.pth 224 232 bilinear imagenet bsd 81.198
    wide_resnet50_2 v1 wide_resnet50_2-95faca4d.pth 224 256 bilinear imagenet bsd 78.468
    wide_resnet50_2 v2 wide_resnet50_2-9ba9bcbe.pth 224 232 bilinear imagenet bsd 81.602
    wide_resnet101_2 v1 wide_resnet101_2-32ee1156.pth 224 256 bilinear imagenet bsd 78.848
    wide_resnet101_2 v2 wide_resnet101_2-d733dc28.pth 224 232 bilinear imagenet bsd 82.51
    resnext101_32x8d v1 resnext101_32x8d-8ba56ff5.pth 224 256 bilinear imagenet bsd 79.312
    resnext101_32x8d v2 resnext101_32x8d-110c445d.pth 224 232 bilinear imagenet bsd 82.834
    resnext101_64x4d v1 resnext101_64x4d-173b62eb.pth 224 232 bilinear imagenet bsd 83.246
    efficientnet_b0 v1 efficientnet_b0_rwightman-7f5810bc.pth 224 256 bicubic imagenet bsd 77.692
    efficientnet_b1 v1 efficientnet_b1_rwightman-bac287d4.pth 240 256 bicubic imagenet bsd 78.642
    efficientnet_b1 v2 efficientnet_b1-c27df63c.pth 240 255 bilinear imagenet bsd 79.838
    efficientnet_b2 v1 efficientnet_b2_rwightman-c35c1473.pth 288 288 bicubic imagenet bsd 80.608
    efficientnet_b3 v1 efficientnet_b3_rwightman-b3899882.pth 300 320 bicubic imagenet bsd 82.008
    efficientnet_b4 v1 efficientnet_b4_rwightman-23ab8bcd.pth 380 384 bicubic imagenet bsd 83.384
    efficientnet_b5 v1 efficientnet_b5_lukemelas-1a07897c.pth 456 456 bicubic imagenet bsd 83.444
    efficientnet_b6 v1 efficientnet_b6_lukemelas-24a108a5.pth 528 528 bicubic imagenet bsd 84.008
    efficientnet_b7 v1 efficientnet_b7_lukemelas-c5b4e57e.pth 600 600 bicubic imagenet bsd 84.122
    mobilenet_v2 v1 mobilenet_v2-b0353104.pth 224 256 bilinear imagenet bsd 71.878
    mobilenet_v2 v2 mobilenet_v2-7ebf99e0.pth 224 232 bilinear imagenet bsd 72.154
    mobilenet_v3_large v1 mobilenet_v3_large-8738ca79.pth 224 256 bilinear imagenet bsd 74.042
    mobilenet_v3_large v2 mobilenet_v3_large-5c1a4163.pth 224 232 bilinear imagenet bsd 75.274
    mobilenet_v3_small v1 mobilenet_v3_small-047dcff4.pth 224 256 bilinear imagenet bsd 67.668
    regnet_x_400mf v1 regnet_x_400mf-adf1edd5.pth 224 256 bilinear imagenet bsd 72.834
    regnet_x_400mf v2 regnet_x_400mf-62229a5f.pth 224 232 bilinear imagenet bsd 74.864
    regnet_x_800mf v1 regnet_x_800mf-ad17e45c.pth 224 256 bilinear imagenet bsd 75.212
    regnet_x_800mf v2 regnet_x_800mf-94a99ebd.pth 224 232 bilinear imagenet bsd 77.522
    regnet_x_1_6gf v1 regnet_x_1_6gf-e3633e7f.pth 224 256 bilinear imagenet bsd 77.04
    regnet_x_1_6gf v2 regnet_x_1_6gf-a12f2b72.pth 224 232 bilinear imagenet bsd 79.668
    regnet_x_3_2gf v1 regnet_x_3_2gf-f342aeae.pth 224 256 bilinear imagenet bsd 78.364
    regnet_x_3_2gf v2 regnet_x_3_2gf-7071aa85.pth 224 232 bilinear imagenet bsd 81.196
    regnet_x_8gf v1 regnet_x_8gf-03ceed89.pth 224 256 bilinear imagenet bsd 79.344
    regnet_x_8gf v2 regnet_x_8gf-2b70d774.pth 224 232 bilinear imagenet bsd 81.682
    regnet_x_16gf v1 regnet_x_16gf-2007eb11.pth 224 256 bilinear imagenet bsd 80.058
    regnet_x_16gf v2 regnet_x_16gf-ba3796d7.pth 224 232 bilinear imagenet bsd 82.716
    regnet_x_32gf v1 regnet_x_32gf-9d47f8d0.pth 224 256 bilinear imagenet bsd 80.622
    regnet_x_32gf v2 regnet_x_32gf-6eb8fdc6.pth 224 232 bilinear imagenet bsd 83.014
    regnet_y_400mf v1 regnet_y_400mf-c65dace8.pth 224 256 bilinear imagenet bsd 74.046
    regnet_y_400mf v2 regnet_y_400mf-e6988f5f.pth 224 232 bilinear imagenet bsd 75.804
    regnet_y_800mf v1 regnet_y_800mf-1b27b58c.pth 224 256 bilinear imagenet bsd 76.42
    regnet_y_800mf v2 regnet_y_800mf-58fc7688.pth 224 232 bilinear imagenet bsd 78.828
    regnet_y_1_6gf v1 regnet_y_1_6gf-b11a554e.pth 224 256 bilinear imagenet bsd 77.95
    regnet_y_1_6gf v2 regnet_y_1_6gf-0d7bc02a.pth 224 232 bilinear imagenet bsd 80.876
    regnet_y_3_2gf v1 regnet_y_3_2gf-b5a9779c.pth 224 256 bilinear imagenet bsd 78.948
    regnet_y_3_2gf v2 regnet_y_3_2gf-9180c971.pth 224 232 bilinear imagenet bsd 81.982
    regnet_y_8gf v1 regnet_y_8gf-d0d0e4a8.pth 224 256 bilinear imagenet bsd 80.032
    regnet_y_8gf v2 regnet_y_8gf-dc2b1b54.pth 224 232 bilinear imagenet bsd 82.828
    regnet_y_16gf v1 regnet_y_16gf-9e6ed7dd.pth 224 256 bilinear imagenet bsd 80.424
    regnet_y_16gf v2 regnet_y_16gf-3e4a00f9.pth 224 232 bilinear imagenet bsd 82.886
    regnet_y_16gf swag_e2e_v1 regnet_y_16gf_swag-43afe44d.pth 384 384 bicubic imagenet nc 86.012
    regnet_y_16gf swag_linear_v1 regnet_y_16gf_lc_swag-f3ec0043.pth 224 224 bicubic imagenet nc 83.976
    regnet_y_32gf v1 regnet_y_32gf-4dee3f7a.pth 224 256 bilinear imagenet bsd 80.878
    regnet_y_32gf v2 regnet_y_32gf-8db6d4b5.pth 224 232 bilinear imagenet bsd 83.368
    regnet_y_32gf swag_e2e_v1 regnet_y_32gf_swag-04fdfa75.pth 384 384 bicubic imagenet nc 86.838
    regnet_y_32gf swag_linear_v1 regnet_y_32gf_lc_swag-e1583746.pth 224 224 bicubic imagenet nc 84.622
    vgg11_bn v1 vgg11_bn-6002323d.pth 224 256 bilinear imagenet bsd 70.37
    vgg11 v1 vgg11-8a719046.pth 224 256 bilinear imagenet bsd 69.02
    vgg13 v1 vgg13-19584684.pth 224 256 bilinear imagenet bsd 69.928
    vgg13_bn v1 vgg13_bn-abd245e5.pth 224 256 bilinear imagenet bsd 71.586
    vgg16 v1 vgg16-397923af.pth 224 256 bilinear imagenet bsd 71.592
    vgg16_bn v1 vgg16_bn-6c64b313.pth 224 256 bilinear imagenet bsd 73.36
    vgg19 v1 vgg19-dcbb9e9d.pth 224 256 bilinear imagenet bsd 72.376
    vgg19_bn v1 vgg19_bn-c79401a0.pth 224 256 bilinear imagenet bsd 74.218
    densenet121 v1 densenet121-a639ec97.pth 224 256 bilinear imagenet bsd 74.434
    densenet161 v1 densenet161-8d451a50.pth 224 256 bilinear imagenet bsd 77.138
    densenet169 v1 densenet169-b2777c0a.pth 224 256 bilinear imagenet bsd 75.6
    densenet201 v1 densenet201-c1103571.pth 224 256 bilinear imagenet bsd 76.896
    efficientnet_v2_s v1 efficientnet_v2_s-dd5fe13b.pth 384 384 bilinear imagenet bsd 84.228
    efficientnet_v2_m v1 efficientnet_v2_m-dc08266a.pth 480 480 bilinear imagenet bsd 85.112
    efficientnet_v2_l v1 efficientnet_v2_l-59c71312.pth 480 480 bicubic half bsd 85.808
    """
}
